import type { ReadRange } from '../connector.ts';
import type { Ask } from './ask.ts';
import type { HubspotStream } from './hubspot-stream.ts';
import { readPages, spanOf } from './read-pages.ts';
import { countFound, partFilters } from './search.ts';
import { ID } from './tables.ts';

/** By the search's own count of the objects, those of the first millisecond as a whole. Undefined: how many changes they hold is not known. */
export async function countRows(
  ask: Ask,
  stream: HubspotStream,
  range: Pick<ReadRange, 'after' | 'from' | 'before'>,
): Promise<number | undefined> {
  if (stream.table.history !== undefined) return undefined;
  const { from, to } = spanOf(stream, range);
  return countFound({ ask, stream }, stream.spec.byKey ? stream.filters : partFilters(stream, { from, to }));
}

/** How many there are, counted; of a history by reading it, no further than `most` + 1. */
export async function countUpTo(ask: Ask, stream: HubspotStream, most: number): Promise<number> {
  if (stream.table.history === undefined) return Math.min(most + 1, await countFound({ ask, stream }, stream.filters));
  let rows = 0;
  for await (const page of readPages(ask, stream, { columns: [ID], pageSize: 1000 }, new AbortController().signal)) {
    rows += page.rows.length;
    if (rows > most) return most + 1;
  }
  return rows;
}
