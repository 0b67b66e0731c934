/** The demo's report: what was read, what became of it, what arrived. Every person in it is invented. */
import { REJECTION_CODES } from '../meta/rejection-codes.ts';
import { coverageOf } from '../quality/coverage.ts';
import type { RunCounts } from '../state/state-store.ts';
import type { DemoReport } from './commands/demo.ts';
import { showMatchKeys } from './show-match-keys.ts';
import { count, type Terminal, table } from './terminal.ts';

const OUTCOMES: readonly (readonly [keyof RunCounts, string])[] = [
  ['sent', 'accepted by the Conversions API'],
  ['duplicate', 'the same order again: not sent'],
  ['filtered', "no consent, or the mapping's filter"],
  ['rejected', 'Meta would have refused it, and its batch of 1,000 with it'],
  ['expired', 'older than the 7 days that Meta accepts'],
];

export const showDemo = (report: DemoReport, terminal: Terminal, folder: string | undefined): string => {
  const { first, second, change, sandbox, orders, reasons } = report;
  const { paint } = terminal;
  const stats = sandbox.stats();
  const title = (text: string): string => `\n${paint('bold', text)}`;
  const outcome = (counts: RunCounts): string => {
    const rows = OUTCOMES.map(([key, meaning]) => [count(counts[key] ?? 0), key, meaning]);
    return table(['rows', 'outcome', ''], [...rows, [count(counts.read), 'read', 'the sum of these']], paint);
  };
  const rejected = reasons.map(({ code, rows }) => [
    count(rows),
    code,
    REJECTION_CODES[code as keyof typeof REJECTION_CODES]?.meaning ?? 'event_time is no date',
  ]);
  const example = sandbox.events().find((event) => Object.keys(event.user_data).length > 10) ?? sandbox.events()[0];
  const { receivedAt, duplicate, datasetId, ...event } = example ?? { receivedAt: 0, duplicate: false, datasetId: '' };
  return [
    paint('bold', 'capi-sync demo: an SQLite shop → a local sandbox of the Conversions API'),
    `A shop of ${count(orders)} orders was made up: people of 31 countries,`,
    'and the bad rows that real shops have.',
    title(`First sync (${seconds(first.durationMs)})`),
    outcome(first.counts),
    title('Why rows were rejected'),
    table(
      ['rows', 'code', ''],
      rejected.map((row) => shorten(row, terminal.width)),
      paint,
    ),
    title('What the events can be matched by'),
    showMatchKeys(coverageOf(first.matchKeys), [], terminal),
    title('One event as it arrived'),
    wrapped(event, terminal.width),
    title(
      `Then ${change.added} orders were added and ${change.updated} updated. Second sync (${seconds(second.durationMs)})`,
    ),
    outcome(second.counts),
    title('What the far side saw'),
    `${count(stats.requests)} requests, ${count(stats.eventsUnique)} events, ${count(stats.duplicates)} duplicates, ${Object.values(
      stats.byEventName,
    )
      .map((each) => Object.keys(each.value).length)
      .reduce((a, b) => a + b, 0)} currencies, token in a URL ${stats.tokenInUrl} times`,
    verdict(report),
    folder
      ? `\nEverything is in ${folder}`
      : '\nThe mapping is mappings/demo-shop.yaml. To keep the shop: capi-sync demo --keep',
  ].join('\n');
};

const verdict = ({ second, change, sandbox }: DemoReport): string =>
  second.counts.sent === change.added && sandbox.stats().duplicates === 0
    ? `Only the ${change.added} new orders went out the second time, and nothing was counted twice.`
    : `Something is wrong: ${second.counts.sent} events went out for ${change.added} new orders.`;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** The last cell is cut so that the row fits the terminal. */
const shorten = (row: string[], width: number): string[] => {
  const [last = '', ...front] = [row.at(-1), ...row.slice(0, -1)];
  const room = Math.max(20, width - 36);
  return [...(front as string[]), last.length > room ? `${last.slice(0, room - 1)}…` : last];
};

/** JSON with one key a line; hashes are shortened to fit. */
const wrapped = (event: object, width: number): string =>
  JSON.stringify(event, null, 2)
    .split('\n')
    .map((line) => (line.length > width ? `${line.slice(0, width - 2)}…` : line))
    .join('\n');
