import { type Column, type ReadSpec, SourceError, type Stream } from '../connector.ts';
import { selectAtMost } from './at-most.ts';
import type { Dialect, Run, SqlStream } from './dialect.ts';
import { asCondition, asRelation, withoutSemicolon } from './statement.ts';
import { didYouMean } from './suggest.ts';

/** How a connector looks a relation up in its catalogue. Throws `unknown-table` with a suggestion. */
export type Catalogue = {
  /** The columns of a table, and its quoted name. `guard`: a condition without which the server lets nobody read it. */
  readonly table: (
    name: string,
  ) => Promise<{ readonly relation: string; readonly columns: readonly Column[]; readonly guard?: string | undefined }>;
  /** The columns of a query given as a relation. */
  readonly query: (relation: string) => Promise<readonly Column[]>;
};

/** What is known of a read before its cursor is understood. */
export type Described = Omit<SqlStream, 'cursorUnit'>;

/** Looks up what is read, and finds the cursor and the key in it. One or two queries, plus two that try the `where`. */
export async function describeRelation(
  spec: ReadSpec,
  catalogue: Catalogue,
  run: Run,
  dialect: Pick<Dialect, 'limit'> = {},
): Promise<Described> {
  const found =
    spec.table === undefined ? await describeQuery(spec.query ?? '', catalogue) : await catalogue.table(spec.table);
  const what = spec.table ?? 'the query';
  const { relation, columns, guard } = found;
  checkDistinct(columns, what);
  const cursorColumn = findColumn(columns, spec.cursor, what, 'cursor');
  const keyColumns = spec.primaryKey.map((name) => findColumn(columns, name, what, 'primary key'));
  for (const column of keyColumns) {
    if (column.kind === 'float' || column.kind === 'json') {
      throw new SourceError(
        'cursor-type',
        `primary key column "${column.name}" of ${what} has the type ${column.type}`,
        {
          hint: 'a primary key of whole numbers, decimals, text or timestamps is needed',
        },
      );
    }
  }
  if (spec.where !== undefined) await checkCondition(spec.where, { relation, what, guard }, run, dialect);
  const condition = spec.where === undefined ? undefined : asCondition(spec.where);
  return { what, relation, condition, columns, spec, cursorColumn, keyColumns };
}

async function describeQuery(
  query: string,
  catalogue: Catalogue,
): Promise<{ relation: string; columns: readonly Column[]; guard?: undefined }> {
  const relation = asRelation(query);
  return { relation, columns: await catalogue.query(relation) };
}

function checkDistinct(columns: readonly Column[], what: string): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) {
      throw new SourceError('source-query-failed', `${what} gives two columns named "${name}"`, {
        hint: 'name them apart: SELECT a.id AS order_id, b.id AS customer_id ...',
      });
    }
    seen.add(name);
  }
}

function findColumn(columns: readonly Column[], name: string, what: string, role: string): Column {
  const column = columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  const names = columns.map((candidate) => candidate.name);
  const hint = didYouMean(name, names);
  throw new SourceError(
    'unknown-column',
    `${what} has no column "${name}" (${role})`,
    hint === undefined ? {} : { hint },
  );
}

/**
 * Tries the author's `where` twice without reading a row: bare in a derived table, and in our parentheses.
 * `a) OR (b` fails the first and `a LIMIT 5` the second; either would change which rows a page holds.
 */
async function checkCondition(
  where: string,
  { relation, what, guard }: Pick<SqlStream, 'relation' | 'what'> & { readonly guard: string | undefined },
  run: Run,
  dialect: Pick<Dialect, 'limit'>,
): Promise<void> {
  const bare = withoutSemicolon(where);
  const doing = `check the "where" of ${what}`;
  // Beside a guard an OR of the author's would undo it; within CASE his text still has nothing around it.
  const [before, after] = guard === undefined ? ['', ''] : [`${guard} AND CASE WHEN`, ' THEN TRUE END'];
  const alone = `1 FROM (SELECT 1 AS capi_one FROM ${relation} WHERE ${before}\n${bare}\n${after}) AS capi_check`;
  await run(selectAtMost(dialect, 0, [alone]), doing);
  const guarded = guard === undefined ? '' : `${guard} AND `;
  await run(selectAtMost(dialect, 0, [`1 FROM ${relation} WHERE ${guarded}${asCondition(where)}`]), doing);
}

/** The unit of a server's cursor column. SQLite, whose columns are typed by value, decides by itself. */
export function cursorUnitOf({ cursorColumn, spec, what }: Described): Stream['cursorUnit'] {
  if (spec.byKey) return 'number';
  const { name, kind, type } = cursorColumn;
  switch (kind) {
    case 'integer':
    case 'decimal':
      return 'number';
    case 'timestamptz':
      return 'time';
    case 'timestamp':
    case 'date':
      requireTimezone(spec, `cursor column "${name}" of ${what} (${type})`);
      return 'time';
    default:
      throw new SourceError('cursor-type', `cursor column "${name}" of ${what} has the type ${type}`, {
        hint:
          kind === 'float'
            ? 'floats are rounded when they are compared: use a timestamp, or a query that casts the column to a decimal'
            : 'use a timestamp or an increasing number; a query may cast the column to one (index that expression)',
      });
  }
}

export function requireTimezone(spec: ReadSpec, column: string): void {
  if (spec.timezone !== undefined) return;
  throw new SourceError('cursor-timezone', `${column} carries no time zone`, {
    hint: 'say which one its values are in: source.timezone, for example UTC or Europe/Paris',
  });
}

/** Fails on a NULL in the cursor (unless the author skips them) or in the key, except where the catalogue rules it out. */
export async function checkNulls(described: Described, dialect: Dialect, run: Run): Promise<void> {
  const { cursorColumn, keyColumns, spec, relation, condition, what } = described;
  const keys = keyColumns.filter((column) => column !== cursorColumn);
  const columns = spec.onNull === 'error' ? [cursorColumn, ...keys] : keys;
  for (const column of columns.filter((candidate) => candidate.nullable)) {
    const terms = [`${dialect.quote(column.name)} IS NULL`, ...(condition === undefined ? [] : [condition])];
    const rows = await run(
      selectAtMost(dialect, 1, [`1 FROM ${relation} WHERE ${terms.join(' AND ')}`]),
      `look for NULL in ${what}`,
    );
    if (rows.length === 0) continue;
    const isCursor = column === cursorColumn;
    throw new SourceError(
      'cursor-null',
      `${isCursor ? 'cursor' : 'primary key'} column "${column.name}" of ${what} holds NULL in at least one row`,
      {
        hint: isCursor
          ? 'such rows would never be read: fill the column, set cursor.on_null: skip, or use a query with COALESCE'
          : 'a primary key must be unique and never NULL',
      },
    );
  }
}
