import { type Column, type ColumnKind, SourceError } from '../connector.ts';
import type { Ask } from './ask.ts';
import { ID } from './tables.ts';

/** How many columns stand for what; `type` is HubSpot's own word. */
const KINDS: Readonly<Record<string, ColumnKind>> = {
  number: 'decimal',
  bool: 'boolean',
  date: 'date',
  datetime: 'timestamptz',
  json: 'json',
};

/** The properties of an object, as columns, in HubSpot's order. */
export type Properties = (objectType: string) => Promise<readonly Column[]>;

/** Asked once an object: within a run nobody is to see two answers. */
export function openProperties(ask: Ask): Properties {
  const known = new Map<string, Promise<readonly Column[]>>();
  return (objectType) => {
    const columns = known.get(objectType) ?? propertiesOf(objectType, ask);
    known.set(objectType, columns);
    columns.catch(() => known.delete(objectType));
    return columns;
  };
}

/** Of an object that the account has not, HubSpot says that the request is invalid. */
const asUnknown =
  (objectType: string) =>
  (error: unknown): never => {
    const isRefused = error instanceof SourceError && error.code === 'source-query-failed';
    throw isRefused ? new SourceError('unknown-table', `this HubSpot account has no object "${objectType}"`) : error;
  };

async function propertiesOf(objectType: string, ask: Ask): Promise<readonly Column[]> {
  const path = `/crm/v3/properties/${encodeURIComponent(objectType)}?archived=false`;
  const { body } = await ask({ method: 'GET', path }, `look up the properties of ${objectType}`).catch(
    asUnknown(objectType),
  );
  const given = (body.results ?? []) as readonly { readonly name?: string; readonly type?: string }[];
  const columns = given.flatMap(({ name, type }): Column[] => {
    if (name === undefined || type === undefined) return [];
    const isId = name === ID;
    return [{ name, type, kind: isId ? 'integer' : (KINDS[type] ?? 'text'), nullable: !isId }];
  });
  if (columns.some(({ name }) => name === ID)) return columns;
  if (columns.length > 0) return [{ name: ID, type: 'number', kind: 'integer', nullable: false }, ...columns];
  throw new SourceError('source-query-failed', `HubSpot lists no properties of ${objectType}`);
}
