import { type Column, type ReadSpec, SourceError, type Stream } from '../connector.ts';
import { didYouMean } from '../sql/suggest.ts';
import type { Ask } from './ask.ts';
import type { HubspotStream } from './hubspot-stream.ts';
import { CONTACT } from './primary-contacts.ts';
import type { Properties } from './properties.ts';
import { countFound } from './search.ts';
import { CHANGE, findTable, ID, modifiedProperty, type Table } from './tables.ts';
import { type Filter, parseWhere } from './where.ts';

export async function describe(spec: ReadSpec, ask: Ask, properties: Properties): Promise<HubspotStream> {
  if (spec.table === undefined) {
    throw new SourceError('source-query-failed', 'HubSpot takes no query', {
      hint: 'name a table: contacts, deals, companies, a custom object, or contacts.lifecyclestage.history',
    });
  }
  const table = await findTable(spec.table, ask);
  const own = await properties(table.objectType);
  if (table.history !== undefined) demand(own, table.history, table, 'history');
  const columns = await columnsOf(table, own, properties);
  for (const name of spec.primaryKey) demand(columns, name, table, 'primary key');
  checkKey(spec, table);
  const cursorColumn = demand(own, spec.cursor, table, 'cursor');
  if (spec.byKey) checkByKey(spec, table);
  else if (cursorColumn.kind !== 'timestamptz') throw badCursor(cursorColumn, table);
  const filters = spec.where === undefined ? [] : parseWhere(spec.where, own, table.what);
  const cursorUnit: Stream['cursorUnit'] = spec.byKey ? 'number' : 'time';
  const stream = { columns, spec, cursorColumn, cursorUnit, table, filters, properties: own };
  if (spec.onNull === 'error' && !spec.byKey) await checkNulls(stream, ask);
  return stream;
}

/** The object's own properties, those of its contact, and what a change is. */
export async function columnsOf(
  table: Table,
  own: readonly Column[],
  properties: Properties,
): Promise<readonly Column[]> {
  const changes: readonly Column[] = [
    { name: CHANGE.id, kind: 'text', type: 'string', nullable: false },
    { name: CHANGE.at, kind: 'timestamptz', type: 'datetime', nullable: false },
    { name: CHANGE.to, kind: 'text', type: 'string', nullable: true },
    { name: CHANGE.source, kind: 'text', type: 'string', nullable: true },
  ];
  const hidden = new Set(table.history === undefined ? [] : changes.map(({ name }) => name));
  const others = own.filter(({ name }) => !hidden.has(name));
  const named = [...(table.history === undefined ? [] : changes), ...others];
  const taken = new Set([...named, ...own].map(({ name }) => name));
  return [...named, ...(await contactColumns(table, properties)).filter(({ name }) => !taken.has(name))];
}

/** Who may read deals and no contacts has none of their columns. */
async function contactColumns({ objectType }: Table, properties: Properties): Promise<readonly Column[]> {
  if (objectType === 'contacts' || objectType === '0-1') return [];
  try {
    const columns = await properties('contacts');
    return columns.map((column) => ({ ...column, name: `${CONTACT}${column.name}`, nullable: true }));
  } catch (error) {
    if (error instanceof SourceError && error.code === 'source-permission') return [];
    throw error;
  }
}

function demand(columns: readonly Column[], name: string, { what }: Table, role: string): Column {
  const column = columns.find((each) => each.name === name);
  if (column !== undefined) return column;
  const hint = didYouMean(
    name,
    columns.map((each) => each.name),
  );
  throw new SourceError(
    'unknown-column',
    `${what} has no property "${name}" (${role})`,
    hint === undefined ? {} : { hint },
  );
}

/** Any other key has no place in the order that is read by. */
function checkKey({ primaryKey, byKey }: ReadSpec, { history, what }: Table): void {
  const key = history === undefined || byKey ? ID : CHANGE.id;
  if (primaryKey.length === 1 && primaryKey[0] === key) return;
  throw new SourceError('cursor-type', `the primary key of ${what} must be ${key}`, {
    hint: `source.primary_key: ${key}`,
  });
}

function checkByKey({ cursor }: ReadSpec, { history, what }: Table): void {
  if (cursor === ID && history === undefined) return;
  throw new SourceError('cursor-type', `${what} cannot be read without a cursor`, {
    hint: 'take mode: cursor, by the time of the last change; what was sent is not sent again',
  });
}

function badCursor({ name, type }: Column, { objectType, what }: Table): SourceError {
  return new SourceError('cursor-type', `cursor column "${name}" of ${what} has the type ${type}`, {
    hint: `use the time of the last change: ${modifiedProperty(objectType)}`,
  });
}

async function checkNulls(stream: HubspotStream, ask: Ask): Promise<void> {
  const { spec, table } = stream;
  if ((await countFound({ ask, stream }, withoutCursor(stream))) === 0) return;
  throw new SourceError(
    'cursor-null',
    `cursor column "${spec.cursor}" of ${table.what} has no value in at least one record`,
    {
      hint: `such records would never be read: use ${modifiedProperty(table.objectType)}, or set cursor.on_null: skip`,
    },
  );
}

export const withoutCursor = ({ spec, filters }: HubspotStream): readonly Filter[] => [
  { propertyName: spec.cursor, operator: 'NOT_HAS_PROPERTY' },
  ...filters,
];
