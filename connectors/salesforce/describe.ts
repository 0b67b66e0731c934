import { type Column, type ReadSpec, SourceError } from '../connector.ts';
import { didYouMean } from '../sql/suggest.ts';
import type { Catalogue, SObject } from './catalogue.ts';
import { countRecords } from './query.ts';
import type { SalesforceStream } from './salesforce-stream.ts';
import type { Session } from './session.ts';
import { selectText } from './soql.ts';
import { checkCondition, type ParsedQuery, parseQuery } from './soql-text.ts';

/** The times that Salesforce writes by itself, within the transaction that changes the record. */
const SYSTEM_TIMES: ReadonlySet<string> = new Set(['SystemModstamp', 'LastModifiedDate', 'CreatedDate']);

/** Looks the read up, and tries the author's condition. One call an object that was not asked for yet, and one for a condition. */
export async function describeStream(
  spec: ReadSpec,
  catalogue: Catalogue,
  session: Session,
): Promise<SalesforceStream> {
  const what = spec.table ?? 'the query';
  const query = spec.table === undefined ? parseQuery(spec.query ?? '') : undefined;
  const object = await catalogue.object(query?.object ?? spec.table ?? '');
  const { columns, spelling } = query
    ? await columnsOfQuery(query, object, catalogue)
    : await columnsOfObject(object, spec.wants ?? [], catalogue);
  const find = (name: string, role: string): Column => findColumn(columns, name, what, role);
  const cursorColumn = find(spec.cursor, 'cursor');
  checkKey(spec, what, (name) => spelling.get(find(name, 'primary key').name));
  if (!spec.byKey) checkCursor(cursorColumn, what);
  const conditions = [query?.condition, spec.where && checkCondition(spec.where, `the "where" of ${what}`)];
  const stream: SalesforceStream = {
    columns,
    spec,
    cursorColumn,
    cursorUnit: spec.byKey ? 'number' : 'time',
    what,
    object: object.name,
    conditions: conditions.filter((condition) => condition !== undefined),
    allRows: query?.allRows ?? false,
    tellsComplete: object.isReplicated && SYSTEM_TIMES.has(spelling.get(cursorColumn.name) ?? ''),
    spelling,
  };
  await tryConditions(stream, session);
  return stream;
}

type Columns = { readonly columns: readonly Column[]; readonly spelling: ReadonlyMap<string, string> };

/** Every field of the object; and of the records that it points to those that are wanted, since all of them would be thousands. */
async function columnsOfObject(object: SObject, wants: readonly string[], catalogue: Catalogue): Promise<Columns> {
  const parents: Column[] = [];
  for (const name of wants.filter((each) => each.includes('.'))) {
    const found = await catalogue.field(object.name, name);
    if (found?.name === name) parents.push(found);
  }
  const columns = [...object.columns, ...parents];
  return { columns, spelling: new Map(columns.map(({ name }) => [name, name])) };
}

/** The fields of the query, named as the author wrote them. */
async function columnsOfQuery({ fields }: ParsedQuery, object: SObject, catalogue: Catalogue): Promise<Columns> {
  const columns: Column[] = [];
  const spelling = new Map<string, string>();
  for (const written of fields) {
    // `Lead.Email` of a Lead is its own field.
    const own = written.toLowerCase().startsWith(`${object.name.toLowerCase()}.`)
      ? written.slice(object.name.length + 1)
      : written;
    const found = (await catalogue.field(object.name, written)) ?? (await catalogue.field(object.name, own));
    if (found === undefined) throw unknownField(written, object);
    if ([...spelling.values()].includes(found.name))
      throw new SourceError('source-query-failed', `the query selects the field "${found.name}" twice`);
    spelling.set(written, found.name);
    columns.push({ ...found, name: written });
  }
  return { columns, spelling };
}

function unknownField(name: string, { name: object, columns }: SObject): SourceError {
  const meant = didYouMean(
    name,
    columns.map((column) => column.name),
  );
  return new SourceError('unknown-column', `${object} has no field "${name}" that this user can see`, {
    hint: `${meant ?? 'custom fields end in __c, and relationships to parents in __r'}; or field-level security hides it from the user`,
  });
}

function findColumn(columns: readonly Column[], name: string, what: string, role: string): Column {
  const column = columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  const hint = didYouMean(
    name,
    columns.map((candidate) => candidate.name),
  );
  throw new SourceError(
    'unknown-column',
    `${what} has no column "${name}" (${role})`,
    hint === undefined ? {} : { hint },
  );
}

/** Text sorts without case and by the user's language, and no field but the Id is sure to be unique. */
function checkKey(spec: ReadSpec, what: string, spelt: (name: string) => string | undefined): void {
  const [key, ...more] = spec.primaryKey;
  if (key !== undefined && more.length === 0 && spelt(key) === 'Id') return;
  const other = more.length > 0 ? `of ${spec.primaryKey.length} columns` : `"${key}"`;
  throw new SourceError('cursor-type', `the primary key ${other} of ${what} is not Id`, {
    hint: 'primary_key: Id. Every record has one; other fields sort without case, or repeat',
  });
}

function checkCursor({ name, kind, type }: Column, what: string): void {
  if (kind === 'timestamptz') return;
  throw new SourceError('cursor-type', `cursor column "${name}" of ${what} has the type ${type}`, {
    hint: 'SystemModstamp grows with every change; history objects have CreatedDate',
  });
}

/** One record is asked for, so that a mistake shows before anything is read; where the cursor may be empty, one without it. */
async function tryConditions(stream: SalesforceStream, session: Session): Promise<void> {
  const { what, cursorColumn, spec } = stream;
  if (stream.conditions.length > 0)
    await countRecords(
      session,
      stream,
      selectText(stream, [], [], { count: true, limit: 1 }),
      `check the condition of ${what}`,
    );
  if (!cursorColumn.nullable || spec.onNull === 'skip') return;
  const isNull = `${stream.spelling.get(cursorColumn.name)} = null`;
  const found = await countRecords(
    session,
    stream,
    selectText(stream, [], [isNull], { count: true, limit: 1 }),
    `look for empty cursors in ${what}`,
  );
  if (found > 0)
    throw new SourceError(
      'cursor-null',
      `cursor column "${cursorColumn.name}" of ${what} holds NULL in at least one row`,
      {
        hint: 'such rows would never be read: use SystemModstamp, or set cursor.on_null: skip',
      },
    );
}
