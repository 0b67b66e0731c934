/** `explain`, for people and as JSON. Values of the row are masked in both; hashes go to stdout only, to the one who asked. */

import type { KeyExplanation } from '../explain/explain-match-keys.ts';
import type { ConditionExplanation, TimeExplanation } from '../explain/explain-row.ts';
import type { Reach } from '../explain/find-row.ts';
import { dayText } from '../explain/judge-row.ts';
import type { Explained } from '../explain/open-explainer.ts';
import type { MappedRow } from '../mapping/mapped-row.ts';
import { DOCS, DOCS_READ } from '../meta/parameters.ts';
import { durationText } from '../observe/duration-text.ts';
import { type Terminal, table } from './terminal.ts';
import { cut, wrap } from './wrap.ts';

/** Of a row that is one event for ever there is nothing to say. */
const emitStep = ({ emit }: Explained): [string, string][] => {
  if (emit.kind === 'once') return [];
  return [
    [
      'emit',
      emit.kind === 'every_update'
        ? 'an event for every update'
        : `an event for each value of ${emit.columns.join(', ')}`,
    ],
  ];
};

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

export const explainedJson = ({ mapping, row, reach, history, emit, dedup, verdict }: Explained): object => ({
  mapping,
  key: row.rowKey,
  filter: row.filter ?? null,
  consent: row.consent ?? null,
  limited_data_use: row.limitedDataUse ?? null,
  event_time: {
    source: row.time.source,
    at: row.time.at,
    age_seconds: row.time.ageSeconds,
    max_age_seconds: row.time.maxAgeSeconds,
  },
  match_keys: row.matchKeys,
  event: row.fields,
  rules: rulesOf(row.unfiltered),
  next_run: reach,
  emit: emit.kind === 'on_change' ? { on_change: emit.columns } : emit.kind,
  ledger: {
    dedup_by: dedup.by,
    dedup_key: dedup.key ?? null,
    window_days: dedup.windowDays,
    acknowledged_on: history?.acknowledgedDay === undefined ? null : dayText(history.acknowledgedDay),
    unanswered_since: history?.openDay === undefined ? null : dayText(history.openDay),
    dead_letter: history?.deadLetter
      ? {
          code: history.deadLetter.code,
          field: history.deadLetter.field ?? null,
          origin: history.deadLetter.origin,
          times: history.deadLetter.times,
          last_at: history.deadLetter.lastAt,
        }
      : null,
  },
  verdict: { outcome: verdict.outcome, text: verdict.text, code: verdict.code ?? null, cure: verdict.cure ?? null },
});

/** What the rules say of the event, filter and consent aside. */
const rulesOf = (mapped: MappedRow): { verdict: string; code: string | null; field: string | null } => {
  if (mapped.kind === 'rejected') return { verdict: 'rejected', code: mapped.code, field: mapped.field ?? null };
  return { verdict: mapped.kind === 'expired' ? 'expired' : 'ok', code: null, field: null };
};

const REACH: Readonly<Record<Reach, string>> = {
  'next-run': 'reads this row',
  unchanged: 'passes it over: it is as it was when it was last read',
  where: 'does not read it: source.where',
  'cursor-null': 'does not read it: its cursor is NULL',
  'too-new': 'does not read it yet: newer than the lag allows',
  'before-start': 'does not read it: older than cursor.start',
  'behind-checkpoint': 'does not read it: behind the checkpoint',
};

export const showExplained = (explained: Explained, terminal: Pick<Terminal, 'paint' | 'width'>): string => {
  const { mapping, row, reach, verdict } = explained;
  const { paint, width } = terminal;
  const steps = [
    ...conditionStep('filter', row.filter),
    ...conditionStep('consent', row.consent),
    ...conditionStep('limited use', row.limitedDataUse),
    ['event_time', timeText(row.time)],
    ['rules', rulesText(row.unfiltered)],
    ['next run', REACH[reach]],
    ...emitStep(explained),
    ...ledgerSteps(explained),
  ] as const;
  const fields = row.fields.map(({ key, verdict: sent, value, source }) => [key, sent, value ?? '', source]);
  return [
    ...wrap(`${mapping}, row ${row.rowKey.join(', ')}: ${verdict.text}`, width).map((line) => paint('bold', line)),
    ...(verdict.cure === undefined ? [] : labelled('cure', verdict.cure, width)),
    '',
    ...steps.flatMap(([label, text]) => labelled(label, text, width)),
    '',
    paint('bold', 'Match keys'),
    ...row.matchKeys.flatMap((key) => keyLines(key, terminal)),
    ...(fields.length === 0
      ? []
      : [
          '',
          ...table(['event', '', 'value', 'mapping'], fields, (_, text) => text)
            .split('\n')
            .map((line, n) => (n === 0 ? paint('bold', cut(line, width)) : cut(line, width))),
        ]),
    '',
    'Values are masked. Hashes are personal data: mind where this text goes.',
    `Rules: pages below ${DOCS}`,
    `(read ${DOCS_READ})`,
  ].join('\n');
};

/** Labels stand in a column of their own; texts are wrapped beside it. */
const LABEL = 13;
const labelled = (label: string, text: string, width: number): string[] =>
  wrap(text, width - LABEL - 2).map((line, n) => `  ${(n === 0 ? label : '').padEnd(LABEL)}${line}`);

const conditionStep = (label: string, condition: ConditionExplanation | undefined): [string, string][] =>
  condition ? [[label, `${condition.verdict}: ${condition.source}`]] : [];

const timeText = ({ source, at, ageSeconds, maxAgeSeconds }: TimeExplanation): string => {
  if (at === null || ageSeconds === null) return `none that can be read: ${source}`;
  const age = ageSeconds < 0 ? `${durationText(-ageSeconds)} in the future` : `${durationText(ageSeconds)} ago`;
  return `${iso(at)}, ${age}; Meta takes up to ${maxAgeSeconds / 86_400} days: ${source}`;
};

const rulesText = (mapped: MappedRow): string => {
  const { verdict, code, field } = rulesOf(mapped);
  return code === null ? verdict : `${verdict}: ${code}${field === null ? '' : ` (${field})`}`;
};

const ledgerSteps = ({ history, dedup }: Explained): [string, string][] => {
  if (!history) return [['ledger', 'no state yet']];
  const { acknowledgedDay, openDay, deadLetter } = history;
  const known =
    acknowledgedDay === undefined ? 'not acknowledged so far' : `acknowledged on ${dayText(acknowledgedDay)}`;
  return [
    ['ledger', dedup.key === undefined ? 'no event, no key' : `${known} (by ${dedup.by})`],
    ...(openDay === undefined
      ? []
      : ([['under way', `sent on ${dayText(openDay)}, without an answer so far`]] as [string, string][])),
    ...(deadLetter
      ? ([
          [
            'dead letter',
            `${deadLetter.code}${deadLetter.field === undefined ? '' : ` (${deadLetter.field})`}, last on ${dayText(Math.floor(deadLetter.lastAt / 86_400))}`,
          ],
        ] as [string, string][])
      : []),
  ];
};

const keyLines = (key: KeyExplanation, { paint, width }: Pick<Terminal, 'paint' | 'width'>): string[] => {
  const { verdict, drop, value, normal, hash, rule } = key;
  const head = cut(`${key.key}  ${verdict}  ${key.source}`, width);
  const isLost = verdict === 'dropped' || verdict === 'failed';
  return [
    isLost ? paint('yellow', head) : head,
    ...(value === null ? [] : labelled('value', value, width)),
    ...(normal === null ? [] : labelled(hash === null ? 'sent as' : 'normal form', normal, width)),
    ...(hash === null ? [] : labelled('SHA-256', hash, width)),
    ...(drop
      ? [...labelled('dropped', `${drop.reason}: ${drop.meaning}`, width), ...labelled('cure', drop.cure, width)]
      : []),
    ...(verdict === 'failed' ? labelled('failed', 'the expression met a value it cannot work with', width) : []),
    ...labelled('rule', rule.text, width),
    ...labelled('', rule.page, width),
  ];
};
