/** Asks the source which of the proposed cursors it can page by. */
import { type Source, SourceError } from '../../connectors/connector.ts';
import { EXIT, FatalError } from '../errors.ts';
import type { ChosenCursor } from './mapping-text.ts';
import type { Proposal } from './propose.ts';

/** A table with more rows is not read whole in every run unless somebody asks for it. */
const SMALL = 50_000;

/**
 * @returns undefined: none serves, but the table is small enough to be compared whole (`mode: snapshot`)
 * @throws FatalError `no-cursor` · SourceError when the source cannot be asked at all
 */
export const chooseCursor = async (source: Source, proposal: Proposal): Promise<ChosenCursor | undefined> => {
  const { table, query, primaryKey } = proposal;
  const relation = query === undefined ? { table } : { query };
  for (const candidate of proposal.cursors) {
    for (const onNull of ['error', 'skip'] as const) {
      try {
        const spec = { ...relation, primaryKey, cursor: candidate.column, timezone: 'UTC', onNull };
        const { cursorUnit } = await source.describe(spec);
        // One query for all of it, sorted: no index is missed.
        const isIndexed = candidate.isIndexed || source.streams === true;
        return { ...candidate, isIndexed, skipsNulls: onNull === 'skip', unit: cursorUnit };
      } catch (error) {
        if (!(error instanceof SourceError) || !error.code.startsWith('cursor-')) throw error;
        if (error.code !== 'cursor-null') break;
      }
    }
  }
  if (await isSmall(source, proposal)) return undefined;
  throw new FatalError('no-cursor', `${table} has no column that can be read by: none grows with inserts or updates`, {
    hint: 'add updated_at, with a default and a trigger or ON UPDATE, and an index on it and the primary key; or choose another with --table',
    exitCode: EXIT.config,
  });
};

/** Without a time of its own a row cannot say when its event happened. */
const isSmall = async (source: Source, { table, query, primaryKey, eventTime }: Proposal): Promise<boolean> => {
  const [first] = primaryKey;
  if (first === undefined || eventTime === undefined) return false;
  const relation = query === undefined ? { table } : { query };
  const stream = await source.describe({ ...relation, primaryKey, cursor: first, byKey: true, onNull: 'error' });
  return (await source.countUpTo(stream, SMALL)) <= SMALL;
};
