/** The objects of a range, in order of (cursor, id), which no search of HubSpot gives: it sorts by one property. */
import { SourceError } from '../connector.ts';
import type { Ask } from './ask.ts';
import { compareIds } from './compare-ids.ts';
import type { HubspotStream } from './hubspot-stream.ts';
import { type Found, type Part, search } from './search.ts';

/** Objects of a window that are held at once, to be sorted. */
const MOST_HELD = 4_000;
/** A cursor beyond this is none: 2100-01-01. */
export const LATEST = 4_102_444_800_000;

export type Span = {
  /** Milliseconds; `to` is not part of it. */
  readonly from: number;
  readonly to: number;
  /** Of the objects at `from`, those with this id or a higher one. */
  readonly least?: string | undefined;
};

type Tools = { readonly ask: Ask; readonly stream: HubspotStream; readonly signal: AbortSignal };

/**
 * Window by window of the cursor, as wide as what may be held allows; each is read by id and then sorted. A record that changes meanwhile
 * leaves its window, and nothing shifts. Of one millisecond any number are read without being held: they have the order of their ids.
 */
export async function* findInOrder(
  tools: Tools,
  span: Span,
  properties: readonly string[],
): AsyncGenerator<readonly Found[]> {
  if (tools.stream.spec.byKey) {
    yield* findById(tools, span.least === undefined ? {} : { least: span.least }, properties);
    return;
  }
  let { from } = span;
  if (span.least !== undefined) {
    yield* findById(tools, { from, to: from + 1, least: span.least }, properties);
    from += 1;
  }
  let width = span.to - from;
  while (from < span.to) {
    const part: Part = { from, to: Math.min(span.to, from + width) };
    const first = await search(tools, part, properties);
    const size = (part.to ?? 0) - from;
    if (size > 1 && first.total > MOST_HELD) {
      width = narrower(part, first);
      continue;
    }
    if (size === 1) yield* findById(tools, part, properties, first);
    else yield await sortedWindow(tools, part, properties, first);
    from += size;
    width = Math.max(1, Math.floor(size * Math.min(16, Math.max(0.5, (MOST_HELD * 0.7) / Math.max(1, first.total)))));
  }
}

/** By the count, as if the records were spread evenly; where all that came have one time, as after an import, up to that time and then that alone. */
function narrower({ from = 0, to = 0 }: Part, { total, found }: First): number {
  const size = to - from;
  const [one] = found;
  if (one !== undefined && found.every(({ at }) => at === one.at)) {
    if (one.at > from && one.at < to) return one.at - from;
    if (one.at === from) return 1;
  }
  return Math.max(1, Math.floor(size * Math.min(0.5, (MOST_HELD / total) * 0.8)));
}

type First = Awaited<ReturnType<typeof search>>;

async function* findById(
  tools: Tools,
  part: Part,
  properties: readonly string[],
  given?: First,
): AsyncGenerator<readonly Found[]> {
  let page = given ?? (await search(tools, part, properties));
  while (true) {
    const kept = page.found.filter((found) => isWithin(found, part, tools.stream));
    if (kept.length > 0) yield kept;
    const last = page.found.at(-1);
    if (last === undefined || !page.hasMore) return;
    const { least: _, ...rest } = part;
    page = await search(tools, { ...rest, above: last.id }, properties);
  }
}

async function sortedWindow(
  tools: Tools,
  part: Part,
  properties: readonly string[],
  first: First,
): Promise<readonly Found[]> {
  const held: Found[] = [];
  for await (const found of findById(tools, part, properties, first)) for (const each of found) held.push(each);
  return held.sort((a, b) => a.at - b.at || compareIds(a.id, b.id));
}

/**
 * A search goes by its index and gives the record as it is now. One that has changed since is left to its new time, where the index will have it
 * (until then, to lag and lookback); one that has an earlier time than its index would be passed over.
 */
function isWithin({ at }: Found, { from, to }: Part, { table, spec }: HubspotStream): boolean {
  if (spec.byKey || from === undefined || to === undefined) return true;
  if (at < from) {
    throw new SourceError(
      'source-interrupted',
      `could not read ${table.what}: HubSpot's search is ahead of its records`,
      {
        hint: 'the next run goes on from the checkpoint',
      },
    );
  }
  return at < to;
}
