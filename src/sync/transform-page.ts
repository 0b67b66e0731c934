/** Transforms a page: each row to an event, or to the reason why not. Pure and total: no row can stop it. */
import type { EventRow, MappedRow, RejectedRow } from '../mapping/mapped-row.ts';
import type { TextPacker } from './pack-texts.ts';

export type MappedPage = {
  readonly events: readonly EventRow[];
  readonly rejected: readonly RejectedRow[];
  readonly filtered: number;
  readonly expired: number;
  /** Primary keys, as JSON, of the rows that may have a dead letter. */
  readonly rowKeys: () => string[];
};

export const transformPage = (
  rows: readonly (readonly unknown[])[],
  mapRow: (row: readonly unknown[]) => MappedRow,
  { pack }: Pick<TextPacker, 'pack'>,
): MappedPage => {
  const events: EventRow[] = [];
  const rejected: RejectedRow[] = [];
  let filtered = 0;
  let expired = 0;
  for (const row of rows) {
    const mapped = mapRow(row);
    if (mapped.kind === 'event') {
      const { kind, rowKey, dedupKey, eventTime, maxAgeSeconds } = mapped;
      events.push({ kind, rowKey, dedupKey, eventTime, maxAgeSeconds, bytes: pack(mapped.json) });
    } else if (mapped.kind === 'rejected') rejected.push(mapped);
    else if (mapped.kind === 'filtered') filtered += 1;
    else expired += 1;
  }
  return {
    events,
    rejected,
    filtered,
    expired,
    rowKeys: () => [...events, ...rejected].map(({ rowKey }) => JSON.stringify(rowKey)),
  };
};
