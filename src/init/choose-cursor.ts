/** Asks the source which of the proposed cursors it can page by. */
import { type Source, SourceError } from '../../connectors/connector.ts';
import { EXIT, FatalError } from '../errors.ts';
import type { ChosenCursor } from './mapping-text.ts';
import type { Proposal } from './propose.ts';

/** @throws FatalError `no-cursor` · SourceError when the source cannot be asked at all */
export const chooseCursor = async (source: Source, proposal: Proposal): Promise<ChosenCursor> => {
  const { table, query, primaryKey } = proposal;
  const relation = query === undefined ? { table } : { query };
  for (const candidate of proposal.cursors) {
    for (const onNull of ['error', 'skip'] as const) {
      try {
        const spec = { ...relation, primaryKey, cursor: candidate.column, timezone: 'UTC', onNull };
        const { cursorUnit } = await source.describe(spec);
        return { ...candidate, skipsNulls: onNull === 'skip', unit: cursorUnit };
      } catch (error) {
        if (!(error instanceof SourceError) || !error.code.startsWith('cursor-')) throw error;
        if (error.code !== 'cursor-null') break;
      }
    }
  }
  throw new FatalError('no-cursor', `${table} has no column that can be read by: none grows with inserts or updates`, {
    hint: 'add updated_at, with a default and a trigger or ON UPDATE, and an index on it and the primary key; or choose another with --table',
    exitCode: EXIT.config,
  });
};
