/** Match-key coverage for people and as JSON: the share of events with each key, what was dropped and why, the estimate, and advice. Counts only. */
import { percent } from '../quality/advice.ts';
import { estimateOf, type MatchCoverage } from '../quality/coverage.ts';
import { BANDS } from '../quality/match-quality.ts';
import { count, type Terminal, table } from './terminal.ts';
import { cut, wrap } from './wrap.ts';

/** `match_keys` of `preview`, `run`, `runs` and `status`. */
export const matchKeysJson = (coverage: MatchCoverage): object => ({
  events: coverage.events,
  present: coverage.present,
  dropped: coverage.dropped,
  broad_only: coverage.broadOnly,
  bands: coverage.bands,
  estimate: estimateOf(coverage) ?? null,
});

const BAR = 12;
/** Reasons that fit beside a key: the two most frequent. */
const SHOWN_REASONS = 2;

/** @param advice lines of `adviseMatchKeys` */
export const showMatchKeys = (
  coverage: MatchCoverage,
  advice: readonly string[],
  { paint, width }: Pick<Terminal, 'paint' | 'width'>,
): string => {
  const { events, present, dropped } = coverage;
  const keys = [...new Set([...Object.keys(present), ...Object.keys(dropped)])].sort(
    (a, b) => (present[b] ?? 0) - (present[a] ?? 0),
  );
  const rows = keys.map((key) => {
    const share = (present[key] ?? 0) / Math.max(1, events);
    return [key, '#'.repeat(Math.round(share * BAR)).padEnd(BAR, '.'), percent(share), droppedText(dropped[key] ?? {})];
  });
  const header = ['match key', `of ${count(events)} events`, '', 'values dropped'];
  const [head = '', ...body] = table(header, rows, (_, text) => text).split('\n');
  return [
    paint('bold', cut(head, width)),
    ...body.map((line) => cut(line, width)),
    ...estimateLines(coverage),
    ...advice.flatMap((line) => wrap(`- ${line}`, width)),
  ].join('\n');
};

const droppedText = (reasons: Readonly<Record<string, number>>): string => {
  const sorted = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, SHOWN_REASONS).map(([reason, n]) => `${count(n)} ${reason}`);
  return [...shown, ...(sorted.length > SHOWN_REASONS ? ['…'] : [])].join(', ');
};

const estimateLines = (coverage: MatchCoverage): string[] => {
  const { events, bands, broadOnly } = coverage;
  const estimate = estimateOf(coverage);
  if (estimate === undefined) return [];
  const shares = BANDS.toReversed()
    .filter((band) => bands[band] > 0)
    .map((band) => `${percent(bands[band] / events)} ${band}`);
  return [
    `match quality, an estimate: ${estimate} (events: ${shares.join(', ')})`,
    ...(broadOnly > 0 ? [`${percent(broadOnly / events)} of the events have no key that points to one person`] : []),
  ];
};
