/** The rows that a first run would read, for who only looks at them: nothing is asked of the state, and nothing is written. */
import type { Column, Row, Source, Stream } from '../../connectors/connector.ts';
import { isSnapshot } from '../config/source-mode.ts';
import { readStream } from '../extract/read-stream.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { readSnapshot } from '../snapshot/read-snapshot.ts';
import { planSnapshot } from './plan-snapshot.ts';
import { type PlanOptions, planStream } from './plan-stream.ts';
import { noRange } from './run-slices.ts';

export type RowReading = {
  readonly stream: Stream;
  /** The cells of a row, in order. */
  readonly columns: readonly Column[];
  readonly pages: AsyncIterable<{ readonly rows: readonly Row[] }>;
};

export type ReadRowsOptions = Pick<PlanOptions, 'limit' | 'within'> & {
  /** `state.secret`. */
  readonly secret: string | undefined;
  /** Milliseconds. */
  readonly now: number;
  readonly stop: AbortSignal;
};

/** @throws SourceError · MappingMismatch · FatalError of the plans */
export const readRows = async (
  mapping: ParsedMapping,
  source: Source,
  { limit, within, secret = '', now, stop }: ReadRowsOptions,
): Promise<RowReading> => {
  if (isSnapshot(mapping.file)) {
    if (within) throw noRange(mapping.name);
    const plan = await planSnapshot(mapping, source, { secret, checkpoint: undefined, now });
    const snapshot = plan.open(async () => new Map());
    const pageSize = Math.max(1, Math.min(plan.read.pageSize, limit ?? plan.read.pageSize));
    return { stream: plan.read.stream, columns: plan.columns, pages: readSnapshot(snapshot, pageSize, stop) };
  }
  const plan = await planStream(mapping, source, undefined, { limit, within });
  return { stream: plan.read.stream, columns: plan.columns, pages: readStream(source, plan.read, stop) };
};
