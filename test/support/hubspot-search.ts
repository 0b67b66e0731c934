/** POST /crm/v3/objects/{type}/search of the stand-in, with the limits of HubSpot's page "Search the CRM" (read 2026-11-30). */
import type { Indexed, ObjectTable, PropertyType } from './hubspot-portal.ts';

type Filter = {
  readonly propertyName: string;
  readonly operator: string;
  readonly value?: string;
  readonly highValue?: string;
  readonly values?: readonly string[];
};

type SearchBody = {
  readonly filterGroups?: readonly { readonly filters: readonly Filter[] }[];
  readonly sorts?: readonly (string | { readonly propertyName: string; readonly direction?: string })[];
  readonly properties?: readonly string[];
  readonly limit?: number;
  readonly after?: string | number;
};

/** What HubSpot answers with 400. */
export class BadSearch extends Error {
  override readonly name = 'BadSearch';
}

const NUMBERS: ReadonlySet<PropertyType> = new Set(['number', 'datetime', 'date']);

/** Times count in milliseconds, in ISO text or as such. */
const numberOf = (text: string, type: PropertyType): number =>
  type === 'number' || /^-?\d+$/.test(text) ? Number(text) : Date.parse(text);

const numberIn = ({ properties, numbers }: Indexed, name: string, type: PropertyType): number => {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  const text = properties[name] ?? '';
  const number = text === '' ? Number.NaN : numberOf(text, type);
  numbers.set(name, number);
  return number;
};

const textOf = (text: string, type: PropertyType): string => (type === 'enumeration' ? text : text.toLowerCase());

const testOf = (filter: Filter, types: ObjectTable['types']): ((indexed: Indexed) => boolean) => {
  const { propertyName: name, operator, value, highValue, values } = filter;
  const type = types.get(name);
  if (type === undefined) throw new BadSearch(`Property ${name} does not exist`);
  const isNumber = NUMBERS.has(type);
  const wanted = (text: string | undefined): number => {
    if (text === undefined) throw new BadSearch('a value is missing');
    const number = numberOf(text, type);
    if (Number.isNaN(number)) throw new BadSearch('a value is no number');
    return number;
  };
  const comparing = (holds: (a: number) => boolean) => (indexed: Indexed) => {
    const number = numberIn(indexed, name, type);
    return !Number.isNaN(number) && holds(number);
  };
  const has = ({ properties }: Indexed): boolean => (properties[name] ?? '') !== '';
  switch (operator) {
    case 'HAS_PROPERTY':
      return has;
    case 'NOT_HAS_PROPERTY':
      return (indexed) => !has(indexed);
    case 'IN': {
      if (values === undefined || values.length === 0) throw new BadSearch('values are missing');
      // Text has to be given in lower case here, and numbers as they are.
      const all = new Set(values);
      return ({ properties }) => all.has(textOf(properties[name] ?? '', type));
    }
    case 'EQ': {
      if (isNumber) {
        const number = wanted(value);
        return comparing((a) => a === number);
      }
      const text = textOf(value ?? '', type);
      return (indexed) => has(indexed) && textOf(indexed.properties[name] ?? '', type) === text;
    }
    case 'BETWEEN': {
      const [low, high] = [wanted(value), wanted(highValue)];
      return comparing((a) => a >= low && a <= high);
    }
    case 'GT':
    case 'GTE':
    case 'LT':
    case 'LTE': {
      const edge = wanted(value);
      if (operator === 'GT') return comparing((a) => a > edge);
      if (operator === 'GTE') return comparing((a) => a >= edge);
      if (operator === 'LT') return comparing((a) => a < edge);
      return comparing((a) => a <= edge);
    }
    default:
      throw new BadSearch(`operator ${operator}`);
  }
};

const checkLimits = (body: SearchBody, length: number): { limit: number; offset: number } => {
  const { filterGroups = [], sorts = [], limit = 10, after = 0 } = body;
  if (length > 3_000) throw new BadSearch('the body exceeds 3,000 characters');
  if (filterGroups.length > 5) throw new BadSearch('more than five filter groups');
  if (filterGroups.some(({ filters }) => filters.length > 6)) throw new BadSearch('more than six filters in a group');
  if (filterGroups.flatMap(({ filters }) => filters).length > 18) throw new BadSearch('more than 18 filters');
  if (sorts.length > 1) throw new BadSearch('only one sort is allowed');
  if (!(limit >= 1 && limit <= 200)) throw new BadSearch('a page holds 200 at the most');
  const offset = Number(after);
  if (!Number.isInteger(offset)) throw new BadSearch('after is an integer');
  if (offset + limit > 10_000) throw new BadSearch('paging ends at 10,000');
  return { limit, offset };
};

const inOrder = (table: ObjectTable, sorts: SearchBody['sorts'] = []): readonly number[] => {
  table.sorted ??= [...table.index.keys()].sort((a, b) => a - b);
  const [sort] = sorts;
  const name = typeof sort === 'string' ? sort : (sort?.propertyName ?? 'createdate');
  const sign = typeof sort === 'object' && sort.direction === 'DESCENDING' ? -1 : 1;
  if (name === 'hs_object_id') return sign === 1 ? table.sorted : table.sorted.toReversed();
  const type = table.types.get(name);
  if (type === undefined) throw new BadSearch(`Property ${name} does not exist`);
  const at = (id: number): number => numberOf(table.index.get(id)?.properties[name] ?? '', type) || 0;
  return table.sorted.toSorted((a, b) => sign * (at(a) - at(b)));
};

/** Goes by the index; the records come as they are now, which may be later. */
export const searchTable = (table: ObjectTable, body: SearchBody, length: number): Record<string, unknown> => {
  const { limit, offset } = checkLimits(body, length);
  const groups = (body.filterGroups ?? []).map(({ filters }) => filters.map((filter) => testOf(filter, table.types)));
  const results: unknown[] = [];
  let total = 0;
  for (const id of inOrder(table, body.sorts)) {
    const indexed = table.index.get(id);
    if (indexed === undefined) continue;
    if (groups.length > 0 && !groups.some((tests) => tests.every((test) => test(indexed)))) continue;
    if (total >= offset && results.length < limit) {
      const object = table.objects.get(id);
      if (object) results.push(objectBody(object.properties, body.properties ?? [], id));
    }
    total += 1;
  }
  const isMore = offset + limit < total;
  return { total, results, ...(isMore ? { paging: { next: { after: String(offset + limit), link: '?after' } } } : {}) };
};

/** Some properties always come; one that is asked for and has no value is null. */
export const objectBody = (
  own: Readonly<Record<string, string | null>>,
  asked: readonly string[],
  id: number,
): Record<string, unknown> => {
  const always = ['createdate', 'hs_object_id', 'lastmodifieddate', 'hs_lastmodifieddate'].filter(
    (name) => name in own,
  );
  const properties = Object.fromEntries([...new Set([...always, ...asked])].map((name) => [name, own[name] ?? null]));
  const updatedAt = own.lastmodifieddate ?? own.hs_lastmodifieddate;
  return { id: String(id), properties, createdAt: own.createdate, updatedAt, archived: false };
};
