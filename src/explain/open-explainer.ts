/** Everything there is to say about one row: its explanation, where it lies, what state remembers, and the verdict. */
import type { Source } from '../../connectors/connector.ts';
import { isSnapshot } from '../config/source-mode.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { Emit } from '../mapping/emit.ts';
import type { RowHistory } from '../state/row-history.ts';
import type { StateStore } from '../state/state-store.ts';
import { dedupWindowDays } from '../sync/dedup-window.ts';
import { explainRow, type RowExplanation } from './explain-row.ts';
import { openRowFinder, type Reach } from './find-row.ts';
import { openSnapshotFinder } from './find-snapshot-row.ts';
import { judgeRow, type Verdict } from './judge-row.ts';

export type Explained = {
  readonly mapping: string;
  readonly row: RowExplanation;
  readonly reach: Reach;
  /** Undefined: there is no state yet. */
  readonly history: RowHistory | undefined;
  readonly dedup: {
    readonly by: 'order_id' | 'event_id';
    readonly key: string | undefined;
    readonly windowDays: number;
  };
  /** How many events the row becomes: the ledger's key is that of the state it is in now. */
  readonly emit: Emit;
  readonly verdict: Verdict;
};

export type ExplainerTools = {
  readonly source: Source;
  /** Undefined before the first run. */
  readonly state: Pick<StateStore, 'readCheckpoint' | 'findRowHistory' | 'findRowHashes'> | undefined;
  /** `state.secret`, for snapshots. */
  readonly secret?: string | undefined;
  readonly datasetId: string;
  /** Unix seconds. */
  readonly now: number;
};

/**
 * @returns a function of a row's primary key, as texts
 * @throws SourceError · MappingMismatch · FatalError `row-not-found`, `key-not-unique`
 */
export const openExplainer = async (
  mapping: ParsedMapping,
  { source, state, secret = '', datasetId, now }: ExplainerTools,
): Promise<(key: readonly string[]) => Promise<Explained>> => {
  const checkpoint = await state?.readCheckpoint(mapping.name);
  const find = isSnapshot(mapping.file)
    ? await openSnapshotFinder(mapping, source, { checkpoint, state, secret, now: now * 1000 })
    : await openRowFinder(mapping, source, checkpoint);
  const windowDays = dedupWindowDays(mapping);
  return async (key) => {
    const { row: cells, columns, reach } = await find(key);
    const row = explainRow(mapping, cells, { columns, datasetId, now });
    const history = await state?.findRowHistory(mapping.name, row.dedupKey, row.rowKey);
    const seenSinceDay = Math.floor(now / 86_400) - windowDays;
    return {
      mapping: mapping.name,
      row,
      reach,
      history,
      emit: mapping.emit,
      dedup: { by: mapping.dedupBy, key: row.dedupKey, windowDays },
      verdict: judgeRow({ mapped: row.mapped, reach, history, seenSinceDay }),
    };
  };
};
