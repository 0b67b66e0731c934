/** What `check` and `init` ask of Redshift. */
import { type Advice, type Inspector, SourceError, type TableFacts } from '../connector.ts';
import { answer } from '../sql/clock.ts';
import type { Catalogue } from '../sql/describe.ts';
import { asSqlStream, type Run, type SqlStream } from '../sql/dialect.ts';
import { indexColumns, inspectRelation, type Known, NO_TABLE, transportOf } from '../sql/inspect.ts';
import type { ServerAddress } from '../sql/server-options.ts';
import { bind } from '../sql/statement.ts';
import { type Found, findTable, listTables } from './catalogue.ts';
import { nowIso } from './clock.ts';
import { dialect } from './dialect.ts';
import type { Session } from './session.ts';

export function inspector(session: Session, address: ServerAddress): Inspector {
  const { run } = session;
  return {
    server: async () => {
      const [row] = await run([`SELECT version(), current_user, ${nowIso}`], 'ask the cluster about itself');
      return {
        version: `Redshift ${/Redshift (\S+)/.exec(answer(row?.[0]))?.[1] ?? 'of an unknown version'}`,
        user: answer(row?.[1]),
        transport: transportOf(address),
        now: answer(row?.[2]),
        isReadOnly: false,
        transactions: undefined, // Those of others are shown to superusers alone.
        costs: [
          {
            isGood: true,
            text: 'each run asks some short questions and one query for the rows; a Serverless workgroup that sleeps is woken by it, and bills a minute at least',
          },
        ],
      };
    },
    relation: async (given) => {
      const stream = asSqlStream(given);
      const { table } = stream.spec;
      if (table === undefined) return inspectRelation(dialect, run, stream, NO_TABLE);
      const found = await findTable(session, table);
      const facts = await inspectRelation(dialect, run, stream, await known(run, stream, found));
      return { ...facts, layout: layoutOf(found, await sortKey(run, found), stream) };
    },
  };
}

const RIGHTS = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const;

async function known(run: Run, { relation, what }: SqlStream, { kind }: Found): Promise<Known> {
  const doing = `look up the rights on ${what}`;
  const facts = { ...NO_TABLE, isTable: kind === 'BASE TABLE' };
  if (!facts.isTable) return facts;
  try {
    const [row] = await run(
      [
        `SELECT current_user, ${RIGHTS.map((right) => `has_table_privilege(current_user, '${relation.replaceAll("'", "''")}', '${right === 'TRUNCATE' ? 'DELETE' : right}')`).join(', ')}`,
      ],
      doing,
    );
    const writes = RIGHTS.filter((right, at) => right !== 'TRUNCATE' && row?.[at + 1] === 't');
    const user = dialect.quote(answer(row?.[0]));
    const privileges = `REVOKE ${writes.join(', ')} ON ${relation} FROM ${user};\n-- from an owner or a superuser nothing can be taken: make a user of its own (see the README)`;
    return { ...facts, writes, cures: { ...facts.cures, privileges } };
  } catch (error) {
    if (error instanceof SourceError && error.code === 'source-query-failed') return facts;
    throw error;
  }
}

export type SortKey = { readonly columns: readonly string[]; readonly isInterleaved: boolean };

/** pg_table_def shows the tables of schemas on the search path alone: it is put there for the question. */
async function sortKey(run: Run, { schema, table, kind }: Found): Promise<SortKey | undefined> {
  if (kind !== 'BASE TABLE') return undefined;
  const doing = 'look up the sort key';
  const [row] = await run(['SHOW search_path'], doing);
  const path = answer(row?.[0]);
  await run([`SET search_path TO ${dialect.quote(schema)}`], doing);
  try {
    const rows = await run(
      [
        'SELECT "column", CAST(sortkey AS varchar(8)) FROM pg_table_def WHERE sortkey <> 0 AND schemaname = ',
        bind(schema),
        ' AND tablename = ',
        bind(table),
      ],
      doing,
    );
    const inOrder = rows
      .map(([name, at]) => ({ name: String(name), at: Number(at) }))
      .sort((a, b) => Math.abs(a.at) - Math.abs(b.at));
    return { columns: inOrder.map(({ name }) => name), isInterleaved: inOrder.some(({ at }) => at < 0) };
  } finally {
    await run([`SET search_path TO ${path}`], doing);
  }
}

/** How the table lies for reading by the cursor. */
export function layoutOf({ kind }: Found, key: SortKey | undefined, { spec, relation }: SqlStream): Advice {
  if (key === undefined) {
    const text = `a ${kind.toLowerCase()}: what its rows lie by cannot be told; each run reads what stands behind it, of an external table all its files`;
    return { isGood: kind !== 'EXTERNAL TABLE', text };
  }
  const names = key.columns.join(', ');
  if (key.columns[0] === spec.cursor && !key.isInterleaved) {
    return { isGood: true, text: `the sort key (${names}) begins with the cursor: each run reads its range alone` };
  }
  const text =
    names === ''
      ? 'no sort key: each run scans the table'
      : `the sort key (${names})${key.isInterleaved ? ' is interleaved' : ' does not begin with the cursor'}: each run scans the table`;
  const paste = `ALTER TABLE ${relation} ALTER COMPOUND SORTKEY ${indexColumns(dialect, [spec.cursor, ...spec.primaryKey])};`;
  return { isGood: false, text, paste };
}

const MOST_TABLES = 300;

/** Keys that are declared only inform: nothing holds rows to them. They are what a mapping is guessed from. */
export async function tables(session: Session, catalogue: Catalogue): Promise<TableFacts[]> {
  const doing = 'list the tables';
  const listed = await listTables(session, doing);
  const keys = await session.run(
    [
      `SELECT k.table_schema, k.table_name, k.column_name FROM information_schema.table_constraints AS t
         JOIN information_schema.key_column_usage AS k
           ON k.constraint_schema = t.constraint_schema AND k.constraint_name = t.constraint_name AND k.table_name = t.table_name
        WHERE t.constraint_type = 'PRIMARY KEY' ORDER BY k.table_schema, k.table_name, k.ordinal_position`,
    ],
    doing,
  );
  const found: TableFacts[] = [];
  for (const { schema, table, name } of listed.slice(0, MOST_TABLES)) {
    const { columns } = await catalogue.table(name);
    const primaryKey = keys.filter((row) => row[0] === schema && row[1] === table).map((row) => String(row[2]));
    found.push({ name, columns, primaryKey, indexes: [] });
  }
  return found;
}
