/** `preview <mapping>`: reads rows, prints the events and what would be refused; sends and records nothing. Also `run --dry-run`. */
import type { Source } from '../../../connectors/connector.ts';
import { destinationOf, openSource } from '../../app.ts';
import type { Project } from '../../config/load-project.ts';
import { EXIT, type ExitCode } from '../../errors.ts';
import { bindMapping } from '../../mapping/bind-mapping.ts';
import type { ParsedMapping } from '../../mapping/compile-mapping.ts';
import type { MappedRow } from '../../mapping/mapped-row.ts';
import type { MatchKeyCounts } from '../../mapping/user-data-fields.ts';
import { adviseMatchKeys } from '../../quality/advice.ts';
import { coverageOf, type MatchCoverage } from '../../quality/coverage.ts';
import { withinAll, withinRange } from '../../sync/plan-slices.ts';
import type { PlanOptions } from '../../sync/plan-stream.ts';
import { readRows } from '../../sync/read-rows.ts';
import type { RangeRequest } from '../../sync/slice-bounds.ts';
import type { Command, CommandContext } from '../command.ts';
import { loadOrFail } from '../load.ts';
import { matchKeysJson, showMatchKeys } from '../show-match-keys.ts';
import { count, table } from '../terminal.ts';

type Looked = {
  readonly mapping: string;
  readonly rows: number;
  readonly reasons: Record<string, number>;
  readonly events: string[];
  readonly coverage: MatchCoverage;
  readonly advice: readonly string[];
};

type LookOptions = {
  readonly limit: number | undefined;
  /** Events to keep, at the most. */
  readonly keep: number;
  /** Left out: from the mapping's start on. */
  readonly range?: RangeRequest | 'full' | undefined;
  readonly stop: AbortSignal;
};

/** Reads rows and maps them. */
const look = async (
  project: Project,
  mapping: ParsedMapping,
  source: Source,
  { limit, keep, range, stop }: LookOptions,
): Promise<Looked> => {
  const within: PlanOptions['within'] =
    range === 'full' ? withinAll : range && withinRange({ mapping, source }, range, keep > 0 ? '--at' : undefined);
  const secret = project.config.stateSecret?.reveal();
  const reading = await readRows(mapping, source, { limit, within, secret, now: Date.now(), stop });
  const reasons: Record<string, number> = {};
  const events: string[] = [];
  const counts: MatchKeyCounts = { present: {}, dropped: {}, together: [] };
  const mapRow = bindMapping(mapping, {
    columns: reading.columns,
    datasetId: destinationOf(project, mapping).dataset_id,
    now: () => Math.floor(Date.now() / 1000),
    counts,
  });
  let rows = 0;
  for await (const page of reading.pages) {
    for (const row of page.rows) {
      if (limit !== undefined && rows >= limit) break;
      rows += 1;
      const mapped = mapRow(row);
      const reason = reasonOf(mapped);
      reasons[reason] = (reasons[reason] ?? 0) + 1;
      if (mapped.kind === 'event' && events.length < keep) events.push(mapped.json);
    }
    if (limit !== undefined && rows >= limit) break;
  }
  const coverage = coverageOf(counts);
  const advice = adviseMatchKeys({
    coverage,
    mapped: mapping.userData.map(({ key }) => key),
    columns: reading.stream.columns.map(({ name }) => name),
  });
  return { mapping: mapping.name, rows, reasons, events, coverage, advice };
};

const reasonOf = (mapped: MappedRow): string => {
  if (mapped.kind === 'event') return 'would be sent';
  if (mapped.kind === 'expired') return 'expired: older than Meta accepts';
  if (mapped.kind === 'filtered') return `filtered: ${mapped.reason}`;
  return `rejected: ${mapped.code}${mapped.field ? ` (${mapped.field})` : ''}`;
};

const withSource = async <T>(
  project: Project,
  mapping: ParsedMapping,
  work: (source: Source) => Promise<T>,
): Promise<T> => {
  const source = await openSource(project, mapping);
  try {
    return await work(source);
  } finally {
    await source.close();
  }
};

export const preview: Command<[name: string, options: { readonly limit: number; readonly at?: string }]> = async (
  context,
  name,
  { limit, at },
) => {
  const { terminal } = context;
  const { project, mappings } = await loadOrFail(context.configFile, terminal, [name]);
  const mapping = mappings[0] as ParsedMapping;
  const looked = await withSource(project, mapping, (source) =>
    look(project, mapping, source, {
      limit,
      keep: limit,
      range: at === undefined ? undefined : { since: at },
      stop: context.stop,
    }),
  );
  const events = looked.events.map((event) => JSON.parse(event) as object);
  if (context.json) {
    terminal.out(
      JSON.stringify({
        mapping: looked.mapping,
        read: looked.rows,
        outcomes: looked.reasons,
        match_keys: matchKeysJson(looked.coverage),
        advice: looked.advice,
        events,
      }),
    );
    return EXIT.ok;
  }
  for (const event of events) terminal.out(JSON.stringify(event, null, 2));
  terminal.out(`\n${showLooked(looked, context)}`);
  return EXIT.ok;
};

const showLooked = (looked: Looked, { terminal }: CommandContext): string => {
  const rows = Object.entries(looked.reasons).map(([reason, n]) => [count(n), reason]);
  return [
    terminal.paint('bold', `${looked.mapping}: ${count(looked.rows)} rows looked at, nothing sent`),
    rows.length > 0 ? table(['rows', 'what would become of them'], rows, terminal.paint) : 'no rows in the range',
    ...(looked.rows > 0 ? [`\n${showMatchKeys(looked.coverage, looked.advice, terminal)}`] : []),
  ].join('\n');
};

/** `run --dry-run`: the same over everything that a first run would read, or that the range holds. */
export const dryRun = async (
  context: CommandContext,
  project: Project,
  mappings: readonly ParsedMapping[],
  { limit, range }: Pick<LookOptions, 'limit' | 'range'>,
): Promise<ExitCode> => {
  const all: Looked[] = [];
  for (const mapping of mappings)
    all.push(
      await withSource(project, mapping, (source) =>
        look(project, mapping, source, { limit, keep: 0, range, stop: context.stop }),
      ),
    );
  if (context.json) {
    const runs = all.map(({ mapping, rows, reasons, coverage, advice }) => ({
      mapping,
      read: rows,
      outcomes: reasons,
      match_keys: matchKeysJson(coverage),
      advice,
    }));
    context.terminal.out(JSON.stringify({ dry_run: true, runs }));
  } else context.terminal.out(all.map((looked) => showLooked(looked, context)).join('\n\n'));
  return EXIT.ok;
};
