import type { SandboxEvent, SandboxStats } from './sandbox-types.ts';

const SHOWN_EVENTS = 20;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (value: unknown): string => String(value).replace(/[&<>"']/g, (c) => ESCAPES[c] ?? c);

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d5d9e0, #3a404b); --soft: light-dark(#f4f6f9, #1c2027); --dim: light-dark(#5a6270, #a0a8b5); }
body { margin: 0 auto; max-width: 64rem; padding: 1.5rem; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#fff, #12151a); color: light-dark(#1b1f26, #e8ebf0); }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
p.dim, .dim { color: var(--dim) }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1.5rem 0 }
dl div { background: var(--soft); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem }
dt { color: var(--dim); font-size: .85rem } dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line) }
th { font-weight: 600; color: var(--dim); font-size: .85rem } .number { text-align: right; font-variant-numeric: tabular-nums }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; padding: .4rem .8rem } summary { cursor: pointer }
pre { overflow-x: auto; background: var(--soft); padding: .75rem; border-radius: .4rem; font-size: .85rem }
`;

const number = (value: number): string => value.toLocaleString('en-GB');

/** Cells that are numbers are set right. An empty table says so. */
const table = (caption: string, heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string => {
  const cell = (tag: string, value: string | number, asNumber: boolean) =>
    `<${tag}${asNumber ? ' class="number"' : ''}>${escapeHtml(typeof value === 'number' ? number(value) : value)}</${tag}>`;
  if (rows.length === 0) return `<h2>${escapeHtml(caption)}</h2><p class="dim">Nothing yet.</p>`;
  const head = heads.map((text, column) => cell('th', text, typeof rows[0]?.[column] === 'number')).join('');
  const body = rows.map(
    (row) => `<tr>${row.map((value) => cell('td', value, typeof value === 'number')).join('')}</tr>`,
  );
  return `<h2>${escapeHtml(caption)}</h2><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`;
};

const byCount = (counts: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(counts).sort(([, a], [, b]) => b - a);

const share = (part: number, whole: number): string => (whole === 0 ? '' : `${Math.round((part / whole) * 100)} %`);

const money = (value: Readonly<Record<string, number>>): string =>
  Object.entries(value)
    .map(([currency, sum]) => `${number(sum)} ${currency}`)
    .join(', ');

const shownEvent = ({
  receivedAt,
  duplicate,
  datasetId,
  testEventCode,
  partnerAgent,
  ...event
}: SandboxEvent): string => {
  const about = [
    new Date(receivedAt).toISOString(),
    `dataset ${datasetId}`,
    ...(duplicate ? ['duplicate'] : []),
    ...(testEventCode === undefined ? [] : [`test ${testEventCode}`]),
    ...(partnerAgent === undefined ? [] : [`by ${partnerAgent}`]),
  ];
  return (
    `<details><summary>${escapeHtml(event.event_name)} <span class="dim">${escapeHtml(about.join(' · '))}</span></summary>` +
    `<pre>${escapeHtml(JSON.stringify(event, null, 2))}</pre></details>`
  );
};

/** What arrived, as one page without script or outside resource. Every value is escaped. */
export const sandboxPage = (stats: SandboxStats, events: readonly SandboxEvent[]): string => {
  const tiles: readonly (readonly [string, number])[] = [
    ['Requests', stats.requests],
    ['Events accepted', stats.eventsAccepted],
    ['Unique', stats.eventsUnique],
    ['Duplicates', stats.duplicates],
    ['Tokens seen in URLs', stats.tokenInUrl],
  ];
  const last = events.slice(-SHOWN_EVENTS).reverse();
  return [
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>capi-sync sandbox</title><style>${STYLE}</style></head><body>`,
    '<h1>capi-sync sandbox</h1><p class="dim">A local Conversions API. Nothing here is sent to Meta. Load the page again to see what is new.</p>',
    `<dl>${tiles.map(([name, value]) => `<div><dt>${name}</dt><dd>${number(value)}</dd></div>`).join('')}</dl>`,
    table(
      'Events by name',
      ['event_name', 'Unique', 'Duplicates', 'Value'],
      Object.entries(stats.byEventName).map(([name, { count, duplicates, value }]) => [
        name,
        count,
        duplicates,
        money(value),
      ]),
    ),
    table('Requests by outcome', ['Outcome', 'Requests'], byCount(stats.requestsByOutcome)),
    table('Errors answered, by code and subcode', ['Code', 'Requests'], byCount(stats.refusedRequests)),
    table(
      'Match keys of the unique events',
      ['Key', 'Events', 'Share'],
      byCount(stats.matchKeyCoverage).map(([key, count]) => [key, count, share(count, stats.eventsUnique)]),
    ),
    table('Action sources', ['action_source', 'Events'], byCount(stats.actionSources)),
    `<h2>Last ${SHOWN_EVENTS} events, newest first</h2>`,
    last.length === 0 ? '<p class="dim">Nothing yet.</p>' : last.map(shownEvent).join(''),
    '</body></html>',
  ].join('');
};
