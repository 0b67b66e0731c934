/** Rows of what a search found: its own properties, those of its contact, and of a history one row a change. */
import { type Cell, type ColumnKind, type Position, type Row, SourceError } from '../connector.ts';
import type { Ask } from './ask.ts';
import { batchRead, type Version } from './batch-read.ts';
import type { HubspotStream } from './hubspot-stream.ts';
import { cursorText, msOf } from './instants.ts';
import { CONTACT, primaryContacts } from './primary-contacts.ts';
import { changeId, type RowKey } from './row-key.ts';
import { type Found, fitsSearch, type Properties } from './search.ts';
import { CHANGE, ID } from './tables.ts';

export type PlacedRow = { readonly row: Row; readonly position: Position; readonly key: RowKey };

export type RowMaker = {
  /** What a search has to give with each object. */
  readonly searched: readonly string[];
  /** In the order of what was found; objects that are gone meanwhile are left out. */
  readonly rowsOf: (found: readonly Found[], signal?: AbortSignal) => Promise<readonly PlacedRow[]>;
};

type Change = { readonly ms: number; readonly to: string | null; readonly source: string | null };

/** What a row is made of. */
type Parts = {
  readonly id: string;
  readonly cursor: string;
  readonly own: Properties;
  readonly contact: Properties | undefined;
  readonly change: Change | undefined;
};

export function rowMaker(ask: Ask, stream: HubspotStream, names: readonly string[]): RowMaker {
  const { table } = stream;
  const readers = names.map((name) => readerOf(stream, name));
  const contacts = names.filter((name) => isContact(stream, name)).map((name) => name.slice(CONTACT.length));
  const own = names.filter((name) => !isContact(stream, name) && !isChange(stream, name));
  const isSearched = table.history === undefined && fitsSearch(stream, own);

  const ownOf = async (found: readonly Found[], signal?: AbortSignal) => {
    if (isSearched)
      return new Map(found.map(({ id, properties }) => [id, { properties, versions: [] as readonly Version[] }]));
    const wanted = { objectType: table.objectType, properties: own, history: table.history };
    return batchRead(
      ask,
      wanted,
      found.map(({ id }) => id),
      `read a page of ${table.what}`,
      signal,
    );
  };

  return {
    searched: isSearched ? own : [],
    rowsOf: async (found, signal) => {
      const ids = found.map(({ id }) => id);
      const [objects, contactOf] = await Promise.all([
        ownOf(found, signal),
        contacts.length === 0 ? undefined : primaryContacts(ask, table.objectType, ids, contacts, signal),
      ]);
      return found.flatMap(({ id, at }): PlacedRow[] => {
        const object = objects.get(id);
        if (object === undefined) return [];
        const cursor = stream.spec.byKey ? id : cursorText(at);
        const contact = contactOf?.get(id)?.properties;
        const placed = (key: string, change?: Change): PlacedRow => {
          const parts = { id, cursor, own: object.properties, contact, change };
          return {
            row: readers.map((read) => read(parts)),
            position: { cursor, key: [key] },
            key: { id, ms: change?.ms ?? 0 },
          };
        };
        const { history } = table;
        if (history === undefined) return [placed(id)];
        return changesOf(object.versions, stream).map((change) => placed(changeId(id, history, change.ms), change));
      });
    },
  };
}

const isChange = ({ table }: HubspotStream, name: string): boolean =>
  table.history !== undefined && Object.values<string>(CHANGE).includes(name);

/** A property of the object itself that is called so stands for itself. */
const isContact = ({ properties }: HubspotStream, name: string): boolean =>
  name.startsWith(CONTACT) && !properties.some((own) => own.name === name);

function readerOf(stream: HubspotStream, name: string): (parts: Parts) => Cell {
  const { columns, table, spec } = stream;
  const column = columns.find((each) => each.name === name);
  if (column === undefined) throw new SourceError('unknown-column', `${table.what} has no column "${name}"`);
  if (isChange(stream, name)) return changeReader(name, table.history ?? '');
  if (name === ID) return ({ id }) => id;
  if (isContact(stream, name)) {
    const property = name.slice(CONTACT.length);
    return ({ contact }) => valueCell(contact?.[property], column.kind);
  }
  // Of the place that the row has in the order; the record may have changed between two requests.
  if (name === spec.cursor) return ({ cursor }) => cursor;
  return ({ own }) => valueCell(own[name], column.kind);
}

function changeReader(name: string, property: string): (parts: Parts) => Cell {
  const ofChange =
    (read: (change: Change, id: string) => Cell) =>
    ({ change, id }: Parts) =>
      change ? read(change, id) : null;
  switch (name) {
    case CHANGE.id:
      return ofChange(({ ms }, id) => changeId(id, property, ms));
    case CHANGE.at:
      return ofChange(({ ms }) => cursorText(ms));
    case CHANGE.to:
      return ofChange(({ to }) => to);
    default:
      return ofChange(({ source }) => source);
  }
}

/** HubSpot knows no difference between an empty text and none. */
function valueCell(value: string | null | undefined, kind: ColumnKind): Cell {
  if (value === undefined || value === null || value === '') return null;
  const text = String(value);
  if (kind !== 'timestamptz' && kind !== 'date') return text;
  const ms = msOf(text);
  if (ms === undefined) return text;
  return kind === 'date' ? cursorText(ms).slice(0, 10) : cursorText(ms);
}

/** From the first on; HubSpot gives the last one first. One that is given twice is one. */
function changesOf(versions: readonly Version[], { table }: HubspotStream): readonly Change[] {
  const changes = new Map<number, Change>();
  for (const { timestamp, value, sourceType } of versions) {
    const ms = msOf(timestamp ?? '');
    if (ms === undefined) {
      throw new SourceError('source-query-failed', `${table.what} holds a change without a time to the millisecond`);
    }
    const change = { ms, to: value === undefined || value === '' ? null : value, source: sourceType ?? null };
    const other = changes.get(ms);
    if (other !== undefined && other.to !== change.to) {
      throw new SourceError('key-not-unique', `two changes in ${table.what} have one record and one time`, {
        hint: "which of them came first cannot be told: look at the record's property history in HubSpot",
      });
    }
    changes.set(ms, change);
  }
  return [...changes.values()].sort((a, b) => a.ms - b.ms);
}
