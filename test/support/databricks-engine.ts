/** The SQL engine behind the stand-in of Databricks: DuckDB, in UTC. */
import { DuckDBInstance } from '@duckdb/node-api';
import { finished, sparkType, translate } from './databricks-sql.ts';

export type WireType = 'string' | 'bigint';
export type WireColumn = { readonly name: string; readonly type: WireType };
export type WireRow = readonly (string | null)[];
export type Answer = { readonly columns: readonly WireColumn[]; readonly rows: AsyncIterator<WireRow[]> };

/** An error as Databricks words it: `[CONDITION] sentence. SQLSTATE: 42P01`. */
export class DatabricksFailure extends Error {
  override readonly name = 'DatabricksFailure';
  readonly sqlState: string;
  constructor(condition: string, sentence: string, sqlState: string) {
    super(`[${condition}] ${sentence} SQLSTATE: ${sqlState}`);
    this.sqlState = sqlState;
  }
}

const MACROS = [
  `spark_text(x) AS CASE WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN left(CAST(x AS VARCHAR), length(CAST(x AS VARCHAR)) - 3) ELSE CAST(x AS VARCHAR) END`,
  'spark_json(x) AS CAST(to_json(x) AS VARCHAR), (x, options) AS CAST(to_json(x) AS VARCHAR)',
  'spark_map(a, b, c, d, e, f) AS a',
  `spark_user() AS 'reader@example.com'`,
  `spark_timezone() AS 'UTC'`,
  `spark_version() AS '4.0.0 0000000000000000000000000000000000000000'`,
];

const UNITY = [
  'CREATE SCHEMA unity',
  'CREATE TABLE unity.columns (table_schema VARCHAR, table_name VARCHAR, column_name VARCHAR, full_data_type VARCHAR, ordinal_position INTEGER)',
  'CREATE TABLE unity.tables (table_schema VARCHAR, table_name VARCHAR, table_type VARCHAR, table_owner VARCHAR)',
  'CREATE TABLE unity.table_privileges (table_schema VARCHAR, table_name VARCHAR, grantee VARCHAR, privilege_type VARCHAR)',
  'CREATE TABLE unity.table_constraints (constraint_schema VARCHAR, constraint_name VARCHAR, constraint_type VARCHAR)',
  'CREATE TABLE unity.key_column_usage (constraint_schema VARCHAR, constraint_name VARCHAR, table_schema VARCHAR, table_name VARCHAR, column_name VARCHAR, ordinal_position INTEGER)',
  'CREATE TABLE unity.detail (table_name VARCHAR, numFiles BIGINT, clusteringColumns VARCHAR[], partitionColumns VARCHAR[])',
];

export type DatabricksEngine = {
  /** DuckDB's own SQL. */
  readonly sql: (...statements: string[]) => Promise<void>;
  /** Tells Unity Catalog of a table that DuckDB has: columns, owner, primary key, files. */
  readonly register: (
    table: string,
    more?: {
      readonly key?: readonly string[];
      readonly owner?: string;
      readonly files?: number;
      readonly clustering?: readonly string[];
      readonly grants?: readonly string[];
    },
  ) => Promise<void>;
  readonly start: (
    sql: string,
    binds: Readonly<Record<string, string>>,
  ) => { readonly answer: Promise<Answer>; readonly cancel: () => void };
  readonly close: () => void;
};

export async function openEngine(): Promise<DatabricksEngine> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const admin = await instance.connect();
  for (const statement of ["SET GLOBAL TimeZone = 'UTC'", ...UNITY]) await admin.run(statement);
  for (const macro of MACROS) await admin.run(`CREATE MACRO ${macro}`);
  const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
  const list = (values: readonly string[]): string => `[${values.map(text).join(', ')}]::VARCHAR[]`;

  async function* rowsOf(connection: typeof admin, sql: string, binds: Readonly<Record<string, string>>) {
    const result = await connection.stream(sql, { ...binds });
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk.getRows().map((row): WireRow => row.map((cell) => (cell === null ? null : String(cell))));
    }
  }

  async function answerOf(
    connection: typeof admin,
    given: string,
    binds: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const sql = given.trim();
    if (/^SET TIME ZONE 'UTC'$/i.test(sql)) return { columns: [text2('value')], rows: none() };
    const tables = /^SHOW TABLES(?: IN (.+))?$/i.exec(sql);
    if (tables) {
      const found = await connection.runAndReadAll(
        "SELECT table_schema, table_name, 'false' FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 2",
      );
      const rows = found.getRows().map((row) => row.map(String));
      return { columns: ['database', 'tableName', 'isTemporary'].map(text2), rows: once(rows) };
    }
    const described = /^DESCRIBE QUERY\s([\s\S]+)$/i.exec(sql);
    const translated = finished(translate(described?.[1] ?? sql));
    const columns = (await connection.runAndReadAll(`DESCRIBE ${translated}`, { ...binds }))
      .getRowsJson()
      .map(([name, type]) => ({ name: String(name), type: String(type) }));
    if (described) {
      const rows = columns.map(({ name, type }) => [name, sparkType(type), null]);
      return { columns: ['col_name', 'data_type', 'comment'].map(text2), rows: once(rows) };
    }
    const wire = columns.map(({ name, type }): WireColumn => {
      if (type === 'VARCHAR') return { name, type: 'string' };
      if (/^(BIGINT|HUGEINT|INTEGER)$/.test(type)) return { name, type: 'bigint' };
      // What the client would convert by itself is not asked for: its numbers and Dates lose digits.
      throw new Error(`the stand-in sends texts and counts only; ${name} is ${type}`);
    });
    const names = wire.map(({ name }) => name.toLowerCase());
    if (new Set(names).size !== names.length) throw new Error('the client cannot tell two columns of one name apart');
    const rows = rowsOf(connection, translated, binds);
    const first = await rows.next();
    return { columns: wire, rows: first.done ? none() : followed(first.value, rows) };
  }

  return {
    sql: async (...statements) => {
      for (const statement of statements) await admin.run(statement);
    },
    register: async (
      table,
      { key = [], owner = 'owner@example.com', files = 12, clustering = [], grants = [] } = {},
    ) => {
      for (const name of ['columns', 'tables', 'table_privileges', 'key_column_usage', 'detail'])
        await admin.run(`DELETE FROM unity.${name} WHERE table_name = ${text(table)}`);
      const described = (await admin.runAndReadAll(`DESCRIBE ${`"${table}"`}`)).getRowsJson();
      for (const [at, [name, type]] of described.entries())
        await admin.run(
          `INSERT INTO unity.columns VALUES ('main', ${text(table)}, ${text(String(name))}, ${text(sparkType(String(type)))}, ${at + 1})`,
        );
      await admin.run(`INSERT INTO unity.tables VALUES ('main', ${text(table)}, 'MANAGED', ${text(owner)})`);
      await admin.run(`INSERT INTO unity.table_constraints VALUES ('main', ${text(`pk_${table}`)}, 'PRIMARY KEY')`);
      for (const [at, name] of key.entries())
        await admin.run(
          `INSERT INTO unity.key_column_usage VALUES ('main', ${text(`pk_${table}`)}, 'main', ${text(table)}, ${text(name)}, ${at + 1})`,
        );
      for (const grant of grants)
        await admin.run(
          `INSERT INTO unity.table_privileges VALUES ('main', ${text(table)}, 'reader@example.com', ${text(grant)})`,
        );
      await admin.run(`INSERT INTO unity.detail VALUES (${text(table)}, ${files}, ${list(clustering)}, ${list([])})`);
    },
    start: (sql, binds) => {
      let connection: typeof admin | undefined;
      let isCancelled = false;
      const answer = (async (): Promise<Answer> => {
        try {
          connection = await instance.connect();
          const found = await answerOf(connection, sql, binds);
          if (isCancelled) throw CANCELLED();
          return found;
        } catch (error) {
          throw failureOf(error);
        }
      })();
      return {
        answer,
        cancel: () => {
          isCancelled = true;
          connection?.interrupt();
        },
      };
    },
    close: () => {
      admin.closeSync();
      instance.closeSync();
    },
  };
}

const text2 = (name: string): WireColumn => ({ name, type: 'string' });

async function* none(): AsyncGenerator<WireRow[]> {}

async function* once(rows: WireRow[]): AsyncGenerator<WireRow[]> {
  if (rows.length > 0) yield rows;
}

async function* followed(first: WireRow[], rest: AsyncIterator<WireRow[]>): AsyncGenerator<WireRow[]> {
  yield first;
  for (;;) {
    const next = await rest.next();
    if (next.done) return;
    yield next.value;
  }
}

const CANCELLED = (): DatabricksFailure =>
  new DatabricksFailure('OPERATION_CANCELED', 'Operation was canceled.', 'HY008');

/** DuckDB's errors in Databricks' words. */
function failureOf(error: unknown): DatabricksFailure {
  if (error instanceof DatabricksFailure) return error;
  const { message } = error as Error;
  if (/interrupted/i.test(message)) return CANCELLED();
  const table = /(?:Table|Schema|Catalog) (?:with name )?"?([^\s"!]+)"? does not exist/i.exec(message)?.[1];
  if (table !== undefined)
    return new DatabricksFailure(
      'TABLE_OR_VIEW_NOT_FOUND',
      `The table or view \`${table}\` cannot be found. Verify the spelling and correctness of the schema and catalog.`,
      '42P01',
    );
  const column = /Referenced (?:column|table) "([^"]+)"|does not have a column named "([^"]+)"/.exec(message);
  if (column)
    return new DatabricksFailure(
      'UNRESOLVED_COLUMN.WITH_SUGGESTION',
      `A column, variable, or function parameter with name \`${column[1] ?? column[2]}\` cannot be resolved.`,
      '42703',
    );
  if (/Parser Error/.test(message))
    return new DatabricksFailure('PARSE_SYNTAX_ERROR', 'Syntax error at or near end of input.', '42601');
  return new DatabricksFailure('CAST_INVALID_INPUT', message, '22018');
}
