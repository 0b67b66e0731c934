/** Rows of the source, mapped by both versions of a mapping. Reads only; rows are matched by their primary key. */
import type { Cell, Column, Row, Source, Stream } from '../../connectors/connector.ts';
import { cursorOf, isSnapshot } from '../config/source-mode.ts';
import { bindMapping } from '../mapping/bind-mapping.ts';
import { cellText } from '../mapping/cell-values.ts';
import { checkMapping, mappingColumns, type ParsedMapping } from '../mapping/compile-mapping.ts';
import type { MappedRow } from '../mapping/mapped-row.ts';
import { ageLimit } from '../observe/freshness.ts';
import { startText } from '../sync/cursor-texts.ts';
import { MappingMismatch, readSpec } from '../sync/plan-stream.ts';

export type Version = { readonly mapping: ParsedMapping; readonly datasetId: string };

export type SampleTools = {
  readonly source: Source;
  readonly limit: number;
  /** Unix seconds. */
  readonly now: number;
  readonly stop: AbortSignal;
};

type Bound = { readonly stream: Stream; readonly columns: readonly Column[]; readonly map: (row: Row) => MappedRow };

/** @throws SourceError · MappingMismatch */
const bind = async ({ mapping, datasetId }: Version, { source, now }: SampleTools): Promise<Bound> => {
  const stream = await source.describe(readSpec(mapping));
  const problems = checkMapping(mapping, stream.columns);
  if (problems.length > 0) throw new MappingMismatch(mapping.name, problems);
  const columns = mappingColumns(mapping).map((name) => stream.columns.find((c) => c.name === name) as Column);
  const counts = { present: {}, dropped: {} };
  return { stream, columns, map: bindMapping(mapping, { columns, datasetId, now: () => now, counts }) };
};

const DAY = 86_400;

/** Old rows would be expired in both versions, which says nothing: those that Meta still takes come first. */
const beginning = async (
  mapping: ParsedMapping,
  stream: Stream,
  { source, now }: SampleTools,
): Promise<string | undefined> => {
  if (isSnapshot(mapping.file) || stream.cursorUnit === 'number') return undefined;
  const { start } = cursorOf(mapping.file);
  const clock = new Date(now * 1000).toISOString();
  const isShort = /^[1-7]d$|^\d+(?:ms|s|m|h)$/.test(String(start));
  if (isShort) return startText(source, stream, start, clock);
  return source.shiftBack(stream, await source.cursorAt(stream, clock), ageLimit(mapping) - DAY);
};

/**
 * Up to `limit` rows of the new version, in its order, with what each version makes of them.
 * @throws SourceError · MappingMismatch of the new version
 */
export const sampleRows = async (
  before: Version | undefined,
  after: Version,
  tools: SampleTools,
): Promise<readonly (readonly [MappedRow | undefined, MappedRow])[]> => {
  const { source, limit, stop } = tools;
  const now = await bind(after, tools);
  const rows: Row[] = [];
  const names = now.columns.map(({ name }) => name);
  for (const from of [await beginning(after.mapping, now.stream, tools), undefined]) {
    const range = { columns: names, ...(from === undefined ? {} : { from }), pageSize: Math.min(limit, 1_000) };
    for await (const page of source.readPages(now.stream, range, stop)) {
      rows.push(...page.rows.slice(0, limit - rows.length));
      if (rows.length >= limit) break;
    }
    if (rows.length > 0 || from === undefined) break;
  }
  const old = before && (await bind(before, tools));
  const earlier =
    old &&
    (await rowsByKey(
      old,
      rows.map((row) => keyOf(after.mapping, now.columns, row)),
      before,
      source,
    ));
  return rows.map((row) => {
    const was = earlier?.get(JSON.stringify(keyOf(after.mapping, now.columns, row)));
    return [was === undefined ? undefined : old?.map(was), now.map(row)] as const;
  });
};

const keyOf = ({ primaryKey }: ParsedMapping, columns: readonly Column[], row: Row): string[] =>
  primaryKey.map((name) => cellText((row[columns.findIndex((c) => c.name === name)] ?? null) as Cell) ?? '');

/** Keys of many columns make long statements. */
const KEYS_AT_A_TIME = 200;

const rowsByKey = async (
  old: Bound,
  keys: readonly (readonly string[])[],
  { mapping }: Version,
  source: Source,
): Promise<Map<string, Row>> => {
  const found = new Map<string, Row>();
  const names = old.columns.map(({ name }) => name);
  for (let at = 0; at < keys.length; at += KEYS_AT_A_TIME) {
    const rows = await source.readKeys(old.stream, names, keys.slice(at, at + KEYS_AT_A_TIME));
    for (const row of rows) found.set(JSON.stringify(keyOf(mapping, old.columns, row)), row);
  }
  return found;
};
