/** Names of tables: an object (`contacts`), or the history of one of its properties (`contacts.lifecyclestage.history`). */
import { SourceError } from '../connector.ts';
import { didYouMean } from '../sql/suggest.ts';
import type { Ask } from './ask.ts';

/** Objects that every account has, though not every app may read them. */
export const STANDARD: readonly string[] = [
  'contacts',
  'deals',
  'companies',
  'leads',
  'tickets',
  'products',
  'line_items',
  'quotes',
  'orders',
];

export type Table = {
  /** What a path of the API takes. */
  readonly objectType: string;
  /** The property whose every value is a row. */
  readonly history: string | undefined;
  /** For messages. */
  readonly what: string;
};

export const ID = 'hs_object_id';
/** Columns of a history. A property of that name is hidden behind them. */
export const CHANGE = { id: 'change_id', at: 'changed_at', to: 'changed_to', source: 'change_source' } as const;

/** HubSpot set the one of contacts before the others had theirs. */
export const modifiedProperty = (objectType: string): string =>
  objectType === 'contacts' || objectType === '0-1' ? 'lastmodifieddate' : 'hs_lastmodifieddate';

export type CustomObject = { readonly objectTypeId: string; readonly names: readonly string[] };

/** Undefined: the app may not see them, or the account has none such. */
export async function customObjects(ask: Ask): Promise<readonly CustomObject[] | undefined> {
  try {
    const { body } = await ask({ method: 'GET', path: '/crm-object-schemas/v3/schemas' }, 'list the custom objects');
    const schemas = (body.results ?? []) as readonly Readonly<Record<string, string | undefined>>[];
    return schemas.flatMap(({ objectTypeId, name, fullyQualifiedName }) =>
      objectTypeId === undefined
        ? []
        : [{ objectTypeId, names: [name, fullyQualifiedName].filter((each) => each !== undefined) }],
    );
  } catch (error) {
    if (error instanceof SourceError && (error.code === 'source-permission' || error.code === 'unknown-table'))
      return undefined;
    throw error;
  }
}

/** @throws SourceError `unknown-table` */
export async function findTable(name: string, ask: Ask): Promise<Table> {
  const [object = '', property, suffix, ...more] = name.split('.');
  const isHistory = property !== undefined;
  if (isHistory && (property === '' || suffix !== 'history' || more.length > 0)) {
    throw unknown(name, isHistory && property ? `did you mean "${object}.${property}.history"?` : undefined);
  }
  const objectType = await objectTypeOf(object, ask);
  return {
    objectType,
    history: property,
    what: isHistory ? `the history of ${property} of ${object}` : object,
  };
}

async function objectTypeOf(object: string, ask: Ask): Promise<string> {
  if (STANDARD.includes(object)) return object;
  const custom = await customObjects(ask);
  const found = custom?.find(({ objectTypeId, names }) => objectTypeId === object || names.includes(object));
  if (found !== undefined) return found.objectTypeId;
  // An id of HubSpot's own objects that no list names: the properties will tell whether it is there.
  if (/^0-\d{1,6}$/.test(object)) return object;
  const near = didYouMean(object, [...STANDARD, ...(custom ?? []).flatMap(({ names }) => names)]);
  const unseen = 'the app may not see custom objects: its scopes lack crm.schemas.custom.read';
  throw unknown(object, near ?? (custom === undefined ? unseen : undefined));
}

function unknown(name: string, hint: string | undefined): SourceError {
  return new SourceError('unknown-table', `HubSpot has no object "${name}" that this app can see`, {
    hint:
      hint ??
      'an object (contacts, deals, the name of a custom one), or the history of a property: contacts.lifecyclestage.history',
  });
}
