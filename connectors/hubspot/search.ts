import { SourceError } from '../connector.ts';
import type { Answer, Ask } from './ask.ts';
import type { HubspotStream } from './hubspot-stream.ts';
import { msOf } from './instants.ts';
import { ID } from './tables.ts';
import type { Filter } from './where.ts';

/** The most that a search gives at once. */
export const SEARCH_LIMIT = 200;
/** A search with a longer body is refused. */
const LONGEST_BODY = 3_000;

export type Properties = Readonly<Record<string, string | null>>;

/** An object as a search gave it. `at`: milliseconds of its cursor; 0 where the stream is read by its key. */
export type Found = { readonly id: string; readonly at: number; readonly properties: Properties };

/** What is searched: cursors from `from` up to `to`, which it does not hold (left out: any), and ids above `above` or from `least` on. */
export type Part = {
  readonly from?: number;
  readonly to?: number;
  readonly above?: string;
  readonly least?: string;
};

export type SearchPage = { readonly total: number; readonly found: readonly Found[]; readonly hasMore: boolean };

type SearchTools = { readonly ask: Ask; readonly stream: HubspotStream; readonly signal?: AbortSignal };

/**
 * The first objects of a part, by id. Only one property may be sorted by, and offsets end at 10,000 and shift while records change: so the id, which
 * never changes, says where the next search begins, and no offset is ever given.
 */
export async function search(
  { ask, stream, signal }: SearchTools,
  part: Part,
  properties: readonly string[],
): Promise<SearchPage> {
  const body = searchBody(partFilters(stream, part), [...new Set([...cursorOf(stream), ID, ...properties])]);
  const { what } = stream.table;
  const { body: answer } = await ask(
    { method: 'POST', path: searchPath(stream), body },
    `read a page of ${what}`,
    signal,
  );
  const found = foundIn(answer, stream);
  for (const [n, { id }] of found.entries()) {
    const before = n === 0 ? part.above : found[n - 1]?.id;
    if (before !== undefined && BigInt(id) <= BigInt(before)) {
      throw new SourceError(
        'source-query-failed',
        `could not read a page of ${what}: HubSpot did not sort it by ${ID}`,
        {
          hint: "records could be lost: report it with the object and the account's region",
        },
      );
    }
  }
  const { next } = (answer.paging ?? {}) as { readonly next?: unknown };
  return { total: Number(answer.total ?? 0), found, hasMore: next !== undefined && next !== null && found.length > 0 };
}

/** The objects with these ids, a hundred at the most, that the author's `where` lets through. */
export async function searchIds(
  { ask, stream, signal }: SearchTools,
  values: readonly string[],
  properties: readonly string[],
): Promise<readonly Found[]> {
  const filters = [{ propertyName: ID, operator: 'IN', values }, ...stream.filters];
  const body = searchBody(filters, [...new Set([...cursorOf(stream), ID, ...properties])]);
  const doing = `look up rows of ${stream.table.what} by their key`;
  const { body: answer } = await ask({ method: 'POST', path: searchPath(stream), body }, doing, signal);
  return foundIn(answer, stream);
}

function foundIn(answer: Answer['body'], stream: HubspotStream): readonly Found[] {
  const results = (answer.results ?? []) as readonly {
    readonly id: string | number;
    readonly properties?: Properties;
  }[];
  return results.map(({ id, properties = {} }) => ({ id: String(id), at: timeOf(properties, stream), properties }));
}

/** How many objects a part holds, by the search's own count. */
export async function countFound({ ask, stream, signal }: SearchTools, filters: readonly Filter[]): Promise<number> {
  const body = { ...searchBody(filters, [ID]), limit: 1 };
  const { body: answer } = await ask(
    { method: 'POST', path: searchPath(stream), body },
    `count rows of ${stream.table.what}`,
    signal,
  );
  return Number(answer.total ?? 0);
}

/** Whether a search may name all these properties; else they are asked for by the ids that it finds. */
export function fitsSearch(stream: HubspotStream, properties: readonly string[]): boolean {
  const longest = { from: 1e13, to: 1e13, above: '9'.repeat(19) };
  const names = [...cursorOf(stream), ID, ...properties];
  return JSON.stringify(searchBody(partFilters(stream, longest), names)).length <= LONGEST_BODY;
}

export function partFilters({ spec, filters }: HubspotStream, { from, to, above, least }: Part): readonly Filter[] {
  const propertyName = spec.cursor;
  return [
    ...(from === undefined ? [] : [{ propertyName, operator: 'GTE', value: String(from) }]),
    ...(to === undefined ? [] : [{ propertyName, operator: 'LT', value: String(to) }]),
    ...(above === undefined ? [] : [{ propertyName: ID, operator: 'GT', value: above }]),
    ...(least === undefined ? [] : [{ propertyName: ID, operator: 'GTE', value: least }]),
    ...filters,
  ];
}

const searchPath = ({ table }: HubspotStream): string =>
  `/crm/v3/objects/${encodeURIComponent(table.objectType)}/search`;
const cursorOf = ({ spec }: HubspotStream): string[] => (spec.byKey ? [] : [spec.cursor]);

function searchBody(filters: readonly Filter[], properties: readonly string[]) {
  return {
    ...(filters.length === 0 ? {} : { filterGroups: [{ filters }] }),
    sorts: [{ propertyName: ID, direction: 'ASCENDING' }],
    properties,
    limit: SEARCH_LIMIT,
  };
}

function timeOf(properties: Properties, { spec, table }: HubspotStream): number {
  if (spec.byKey) return 0;
  const text = properties[spec.cursor] ?? '';
  const ms = msOf(text);
  if (ms !== undefined) return ms;
  throw new SourceError(
    'cursor-format',
    `cursor "${spec.cursor}" of ${table.what} holds what is not a time to the millisecond`,
    {
      hint: 'use the time of the last change: lastmodifieddate of contacts, hs_lastmodifieddate of everything else',
    },
  );
}
