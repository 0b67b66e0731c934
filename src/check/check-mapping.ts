/** Everything about a mapping that only its source knows. Looks on after a problem as long as that makes sense. */
import { type Inspector, type Source, SourceError, type Stream } from '../../connectors/connector.ts';
import { isDuration, parseDuration } from '../config/duration.ts';
import { cursorOf, isSnapshot } from '../config/source-mode.ts';
import { type ReadPlan, readParts } from '../extract/read-stream.ts';
import { checkMapping as checkExpressions, mappingColumns, type ParsedMapping } from '../mapping/compile-mapping.ts';
import type { Checkpoint } from '../state/state-store.ts';
import { planStream, readSpec } from '../sync/plan-stream.ts';
import { toRunError } from '../sync/run-error.ts';
import type { CheckCode } from './check-codes.ts';
import { relationFindings } from './check-relation.ts';
import { serverFindings } from './check-server.ts';
import { snapshotFindings } from './check-snapshot.ts';
import { type Finding, fromAdvice } from './finding.ts';

export type SourceCheck = {
  readonly source: Source;
  readonly checkpoint: Checkpoint | undefined;
  /** `state.secret`, for snapshots. */
  readonly secret?: string | undefined;
  /** Milliseconds. */
  readonly now: () => number;
};

export const checkSource = async (mapping: ParsedMapping, tools: SourceCheck): Promise<Finding[]> => {
  const { source, now } = tools;
  const findings: Finding[] = [];
  if (source.inspect) {
    const server = await serverOf(mapping, source.inspect, now);
    findings.push(...server);
    if (server.some(({ level }) => level === 'problem')) return findings;
  }
  const { stream, problems } = await describe(mapping, source);
  findings.push(...problems);
  if (!stream) return findings;
  const columns = columnFindings(mapping, stream);
  findings.push(...columns, ...(await relationOf(mapping, stream, tools)));
  const isFit = [...problems, ...columns].every(({ level }) => level !== 'problem');
  return isFit ? [...findings, ...(await nextRun(mapping, tools))] : findings;
};

const problemOf = (error: unknown): Finding => {
  const { code, message, hint, exitCode } = toRunError(error);
  return { code, level: 'problem', text: message, cure: hint, exitCode };
};

const serverOf = async (mapping: ParsedMapping, inspect: Inspector, now: () => number): Promise<Finding[]> => {
  const { connection, cursor } = mapping.file.source;
  const lookback = String(cursor?.lookback);
  try {
    await inspect.server(); // Connects: the way there is no part of the clock's difference.
    const askedAt = now();
    const facts = await inspect.server();
    return serverFindings(facts, {
      connection,
      askedAt,
      answeredAt: now(),
      patienceSeconds: cursor && isDuration(lookback) ? parseDuration(cursor.lag) + parseDuration(lookback) : undefined,
    });
  } catch (error) {
    return [problemOf(error)];
  }
};

/** NULLs in the cursor are a problem, and no reason to stop looking. */
const describe = async (
  mapping: ParsedMapping,
  source: Source,
): Promise<{ stream: Stream | undefined; problems: Finding[] }> => {
  try {
    return { stream: await source.describe(readSpec(mapping)), problems: [] };
  } catch (error) {
    const problems = [problemOf(error)];
    if (!(error instanceof SourceError) || error.code !== 'cursor-null') return { stream: undefined, problems };
    const stream = await source.describe({ ...readSpec(mapping), onNull: 'skip' }).catch(() => undefined);
    return { stream, problems };
  }
};

const columnFindings = (mapping: ParsedMapping, stream: Stream): Finding[] => {
  const problems = checkExpressions(mapping, stream.columns);
  if (problems.length > 0)
    return problems.map(({ code, path, message, hint }) => ({
      code,
      level: 'problem',
      text: `${path.join('.')}: ${message}`,
      cure: hint,
    }));
  const names = [...new Set([...mappingColumns(mapping), stream.cursorColumn.name])];
  const kinds = names.map((name) => `${name} ${stream.columns.find((column) => column.name === name)?.kind ?? ''}`);
  const code: CheckCode = 'columns';
  return [{ code, level: 'ok', text: `${names.length} of ${stream.columns.length} are read: ${kinds.join(', ')}` }];
};

const relationOf = async (mapping: ParsedMapping, stream: Stream, { source }: SourceCheck): Promise<Finding[]> => {
  if (!source.inspect) return [];
  const { cursor } = mapping.file.source;
  try {
    const findings = relationFindings(await source.inspect.relation(stream), {
      cursor: stream.cursorColumn.name,
      primaryKey: mapping.primaryKey,
      skipsNulls: cursor?.on_null === 'skip',
      hasFuture: cursor !== undefined && (await hasFuture(source, stream)),
    });
    // Without a cursor the order of reading is that of the key, of which enough is said.
    return findings.filter(({ code }) => cursor !== undefined || !/^cursor-(index|layout)$/.test(code));
  } catch (error) {
    // What a run would stop at is a problem; what could not be looked at may be right.
    const isFound = error instanceof SourceError && error.code === 'cursor-format';
    return [isFound ? problemOf(error) : notChecked(error)];
  }
};

const notChecked = (error: unknown): Finding => {
  const { message, hint } = toRunError(error);
  return { code: 'not-checked' satisfies CheckCode, level: 'warning', text: message, cure: hint };
};

/** The source's own count, by its own clock. */
const hasFuture = async (source: Source, stream: Stream): Promise<boolean> =>
  ((await source.horizon(stream, 0)).future ?? 0) > 0;

const nextRun = async (mapping: ParsedMapping, tools: SourceCheck): Promise<Finding[]> => {
  const { source, checkpoint, secret = '', now } = tools;
  try {
    if (isSnapshot(mapping.file)) return await snapshotFindings(mapping, source, { secret, checkpoint, now: now() });
    const { read } = await planStream(mapping, source, checkpoint, {});
    return [await nextRead(mapping, source, read), ...(await readCosts(source, read))];
  } catch (error) {
    return [error instanceof SourceError ? notChecked(error) : problemOf(error)];
  }
};

const readCosts = async (source: Source, read: ReadPlan): Promise<Finding[]> => {
  const ranges = readParts(read).map(({ range }) => range);
  if (ranges.length === 0) return [];
  const costs = (await source.inspect?.cost?.(read.stream, ranges)) ?? [];
  return costs.map((advice) => fromAdvice('costs', advice));
};

const nextRead = async (mapping: ParsedMapping, source: Source, read: ReadPlan): Promise<Finding> => {
  const code: CheckCode = 'next-run';
  const { from, before, checkpoint } = read;
  if (before === undefined) return { code, level: 'ok', text: 'there are no rows yet' };
  const start = checkpoint ? { after: checkpoint } : from === undefined ? {} : { from };
  const rows = await source.countRows(read.stream, { ...start, before });
  const since = checkpoint ? 'since the checkpoint' : `from ${cursorOf(mapping.file).start} on, as a first run`;
  if (rows === undefined) return { code, level: 'ok', text: `reads ${since}; how many rows would be costly to count` };
  return { code, level: 'ok', text: `about ${rows.toLocaleString('en-US')} ${rows === 1 ? 'row' : 'rows'} ${since}` };
};
