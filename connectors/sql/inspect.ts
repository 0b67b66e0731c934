/** What the SQL connectors share of `check`: whether indexes serve, and bounded looks at NULLs and repeated keys. */
import type { IndexFacts, RelationFacts } from '../connector.ts';
import { selectAtMost } from './at-most.ts';
import type { Dialect, Run, SqlStream } from './dialect.ts';
import type { ServerAddress } from './server-options.ts';

/** Rows in which repeated keys are looked for, where no index guards the key. */
const SAMPLE = 100_000;
const MOST_NULLS = 1_001;

/** What an engine knows of a table. A view and a query have no indexes of their own. */
export type Known = {
  readonly isTable: boolean;
  readonly indexes: readonly IndexFacts[];
  /** Columns that every index holds at its end without saying so: InnoDB's primary key, SQLite's rowid. */
  readonly implicit: readonly string[];
  readonly writes: readonly string[] | undefined;
  readonly cures: RelationFacts['cures'];
};

/** Of a view or a query, whose columns come from somewhere else. */
export const NO_TABLE: Known = {
  isTable: false,
  indexes: [],
  implicit: [],
  writes: undefined,
  cures: { cursorIndex: '', uniqueIndex: '', privileges: '' },
};

export async function inspectRelation(
  dialect: Pick<Dialect, 'quote' | 'limit'>,
  run: Run,
  stream: SqlStream,
  known: Known,
): Promise<RelationFacts> {
  const { spec } = stream;
  const hasUniqueKey = guardsKey(known.indexes, spec.primaryKey);
  const { repeated, sampled } = hasUniqueKey ? { repeated: 0, sampled: 0 } : await repeatedKeys(dialect, run, stream);
  return {
    isTable: known.isTable,
    hasUniqueKey,
    hasCursorIndex: servesCursor(known.indexes, [spec.cursor, ...spec.primaryKey], known.implicit),
    writes: known.writes,
    nullCursors: stream.cursorColumn.nullable ? await nullCursors(dialect, run, stream) : 0,
    repeatedKeys: repeated,
    sampled,
    cures: known.cures,
  };
}

/** A unique index over all rows whose columns are all in the key. */
export function guardsKey(indexes: readonly IndexFacts[], key: readonly string[]): boolean {
  return indexes.some(
    ({ columns, isUnique, isWhole }) =>
      isUnique && isWhole && columns.length > 0 && columns.every((name) => name !== undefined && key.includes(name)),
  );
}

/** An index that begins with the cursor and goes on with the key, in their order. */
export function servesCursor(
  indexes: readonly IndexFacts[],
  order: readonly string[],
  implicit: readonly string[] = [],
): boolean {
  const wanted = order.filter((name, at) => order.indexOf(name) === at);
  return indexes.some(({ columns, isWhole }) => {
    const held = [...columns, ...implicit.filter((name) => !columns.includes(name))];
    return isWhole && wanted.every((name, at) => held[at] === name);
  });
}

/** `(updated_at, id)`, quoted, each column once. */
export function indexColumns({ quote }: Pick<Dialect, 'quote'>, order: readonly string[]): string {
  return `(${[...new Set(order)].map((name) => quote(name)).join(', ')})`;
}

async function nullCursors(dialect: Pick<Dialect, 'quote' | 'limit'>, run: Run, stream: SqlStream): Promise<number> {
  const { relation, condition, cursorColumn, what } = stream;
  const terms = [`${dialect.quote(cursorColumn.name)} IS NULL`, ...(condition === undefined ? [] : [condition])];
  const nulls = selectAtMost(dialect, MOST_NULLS, [`1 AS capi_one FROM ${relation} WHERE ${terms.join(' AND ')}`]);
  const [row] = await run(
    ['SELECT count(*) FROM (', ...nulls, ') AS capi_nulls'],
    `count NULL in the cursor of ${what}`,
  );
  return Number(row?.[0] ?? 0);
}

async function repeatedKeys(
  dialect: Pick<Dialect, 'quote' | 'limit'>,
  run: Run,
  { relation, condition, what, spec }: SqlStream,
): Promise<{ repeated: number; sampled: number }> {
  const keys = spec.primaryKey.map((name) => dialect.quote(name)).join(', ');
  const where = condition === undefined ? '' : ` WHERE ${condition}`;
  const sample = selectAtMost(dialect, SAMPLE, [`${keys} FROM ${relation}${where}`]);
  const [row] = await run(
    [
      'SELECT count(*), sum(capi_rows) FROM (SELECT count(*) AS capi_rows FROM (',
      ...sample,
      `) AS capi_sample GROUP BY ${keys}) AS capi_groups`,
    ],
    `look for repeated keys in ${what}`,
  );
  const sampled = Number(row?.[1] ?? 0);
  return { repeated: sampled - Number(row?.[0] ?? 0), sampled };
}

export function transportOf({ host, socketPath, tls }: ServerAddress): 'local' | 'tls' | 'plain' {
  if (tls !== undefined) return 'tls';
  return socketPath !== undefined || host === 'localhost' || host === '::1' || /^127\./.test(host) ? 'local' : 'plain';
}

/** `"schema"."table"` taken apart again. */
export function partsOf(relation: string, mark: '"' | '`'): { schema: string; table: string } {
  const [schema = '', table = ''] = [
    ...relation.matchAll(new RegExp(`${mark}((?:[^${mark}]|${mark}${mark})*)${mark}`, 'g')),
  ].map(([, name = '']) => name.replaceAll(mark + mark, mark));
  return { schema, table };
}
