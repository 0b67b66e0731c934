/** What waits at a mapping's source: how many rows, and since when. Reads one row and counts; nothing of the row is kept. */
import type { Source } from '../../connectors/connector.ts';
import { explainRow } from '../explain/explain-row.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { parseInstant } from '../mapping/instants.ts';
import { type Freshness, freshnessOf } from '../observe/freshness.ts';
import type { Checkpoint, HorizonFacts } from '../state/state-store.ts';
import { horizonFacts } from '../sync/horizon-facts.ts';
import { planStream } from '../sync/plan-stream.ts';
import { countFrom, type Start } from './place.ts';

export type Waiting = {
  /** Undefined where counting would be costly. */
  readonly rows: number | undefined;
  readonly freshness: Freshness;
  readonly horizon: HorizonFacts;
};

/** @throws SourceError · MappingMismatch · FatalError `checkpoint-mismatch` */
export const lookAtSource = async (
  mapping: ParsedMapping,
  source: Source,
  checkpoint: Checkpoint | undefined,
  datasetId: string,
): Promise<Waiting> => {
  const plan = await planStream(mapping, source, checkpoint, { limit: 1 });
  const { stream, columns, from, before } = plan.read;
  const start: Start = checkpoint ? { after: checkpoint } : from === undefined ? {} : { from };
  const horizon = horizonFacts(plan.horizon, mapping);
  const nothing: Waiting = { rows: 0, horizon, freshness: freshnessOf(mapping, 'nothing-waits', 0) };
  if (before === undefined) return nothing;
  const range = { columns, ...start, before, pageSize: 1 };
  for await (const { rows, end } of source.readPages(stream, range, new AbortController().signal)) {
    const [row] = rows;
    if (!row) break;
    const now = Math.floor(Date.parse(plan.sourceNow) / 1000);
    const { time } = explainRow(mapping, row, { columns: plan.columns, datasetId, now });
    const written =
      stream.cursorUnit === 'time' ? parseInstant(end.cursor, mapping.file.source.timezone ?? 'UTC') : undefined;
    const age = written === undefined ? time.ageSeconds : now - Math.floor(written / 1000);
    return {
      rows: await countFrom(source, plan, start),
      horizon,
      freshness: freshnessOf(mapping, 'oldest-row', age === null ? null : Math.max(0, age), time.maxAgeSeconds),
    };
  }
  return nothing;
};
