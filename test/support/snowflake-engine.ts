/**
 * The SQL engine behind the stand-in of Snowflake: DuckDB, with a type of its own for each of Snowflake's. Instants (TIMESTAMP_LTZ and _TZ) are
 * whole nanoseconds since 1970 and compare as such, as Snowflake compares them; the offset at which a TIMESTAMP_TZ was written is not kept.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { Temporal } from 'temporal-polyfill';
import {
  type Names,
  type SessionFacts,
  SnowflakeFailure,
  translate,
  unknownColumn,
  unknownObject,
} from './snowflake-sql.ts';

export type WireColumn = {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly precision: number | null;
  readonly scale: number | null;
};

export type WireRow = readonly (string | null)[];

/** Snowflake's type → DuckDB's. No two of them share one, so that a result's types are told by DuckDB. */
const STORED: Readonly<Record<string, string>> = {
  VARCHAR: 'VARCHAR',
  FLOAT: 'DOUBLE',
  BOOLEAN: 'BOOLEAN',
  DATE: 'DATE',
  TIME: 'TIME_NS',
  TIMESTAMP_NTZ: 'TIMESTAMP_NS',
  TIMESTAMP_LTZ: 'UHUGEINT',
  TIMESTAMP_TZ: 'UBIGINT',
  VARIANT: 'JSON',
  OBJECT: 'MAP(VARCHAR, JSON)',
  ARRAY: 'JSON[]',
  BINARY: 'BLOB',
};

/** DuckDB's type → the wire's. */
const WIRE: Readonly<Record<string, string>> = {
  VARCHAR: 'text',
  DOUBLE: 'real',
  BOOLEAN: 'boolean',
  DATE: 'date',
  TIME_NS: 'time',
  TIMESTAMP_NS: 'timestamp_ntz',
  UHUGEINT: 'timestamp_ltz',
  UBIGINT: 'timestamp_tz',
  JSON: 'variant',
  'MAP(VARCHAR, JSON)': 'object',
  'JSON[]': 'array',
  BLOB: 'binary',
};

const SETUP = [
  `ATTACH ':memory:' AS "SF"`,
  'CREATE SCHEMA "SF"."META"',
  `CREATE TABLE "SF"."META"."TABLES" (TABLE_CATALOG VARCHAR, TABLE_SCHEMA VARCHAR, TABLE_NAME VARCHAR, TABLE_TYPE VARCHAR, PRIMARY_KEY VARCHAR[])`,
  `CREATE TABLE "SF"."META"."COLUMNS" (TABLE_SCHEMA VARCHAR, TABLE_NAME VARCHAR, COLUMN_NAME VARCHAR, ORDINAL_POSITION INTEGER, DATA_TYPE VARCHAR,
     NUMERIC_PRECISION DECIMAL(38,0), NUMERIC_SCALE DECIMAL(38,0), DATETIME_PRECISION DECIMAL(38,0), IS_NULLABLE VARCHAR)`,
  `CREATE TABLE "SF"."META"."TABLE_PRIVILEGES" (TABLE_SCHEMA VARCHAR, TABLE_NAME VARCHAR, GRANTEE VARCHAR, PRIVILEGE_TYPE VARCHAR)`,
];

/** The connector writes the offset of UTC behind each instant; a text without one is refused. */
const ZONED = `CAST(CASE WHEN ends_with(x, '+00:00') THEN left(x, 29) ELSE 'no offset' END AS TIMESTAMP_NS)`;

const MACROS = [
  // DuckDB's own %n overwrites what follows it.
  `SF_TO_VARCHAR(x) AS CAST(x AS VARCHAR), (x, f) AS strftime(x, split_part(f, '.%n', 1)) || CASE WHEN contains(f, '.%n')
     THEN '.' || lpad(CAST((epoch_ns(x) % 1000000000 + 1000000000) % 1000000000 AS VARCHAR), 9, '0') || split_part(f, '.%n', 2) ELSE '' END`,
  `SF_TIME_TEXT(t) AS CASE WHEN contains(CAST(t AS VARCHAR), '.') THEN rpad(CAST(t AS VARCHAR), 18, '0') ELSE CAST(t AS VARCHAR) || '.000000000' END`,
  'SF_TO_JSON(x) AS CAST(to_json(x) AS VARCHAR)',
  'SF_HEX_ENCODE(x, small) AS lower(hex(x))',
  `SF_CONVERT_TIMEZONE(zone, x) AS make_timestamp_ns(CAST(x AS BIGINT))`,
  'SF_SYSDATE() AS make_timestamp_ns(epoch_ns(now()))',
  'SF_TO_DOUBLE(x) AS CAST(x AS DOUBLE)',
  'SF_TO_BOOLEAN(x) AS CAST(x AS BOOLEAN)',
  'SF_TO_BINARY(x, f) AS unhex(x)',
  'SF_TO_DATE(x, f) AS CAST(strptime(x, f) AS DATE)',
  'SF_TO_TIME(x, f) AS CAST(x AS TIME_NS)',
  'SF_TO_TIMESTAMP_NTZ(x, f) AS CAST(x AS TIMESTAMP_NS)',
  `SF_TO_TIMESTAMP_LTZ(x, f) AS CAST(epoch_ns(${ZONED}) AS UHUGEINT)`,
  `SF_TO_TIMESTAMP_TZ(x, f) AS CAST(epoch_ns(${ZONED}) AS UBIGINT)`,
  'SF_PARSE_JSON(x) AS CAST(x AS JSON)',
  `SF_IS_ROLE_IN_SESSION(x) AS x IN ('CAPI_READER', 'PUBLIC')`,
  `SF_CLUSTERING(t, c) AS '{"total_partition_count": ' || CASE WHEN contains(t, 'SCATTERED') THEN '1200, "average_depth": 800.5' ELSE '12, "average_depth": 1.25' END || '}'`,
];

export type Cell = string | number | null;

export type SnowflakeEngine = {
  readonly database: string;
  readonly schema: string;
  /** Columns with Snowflake's types: `NUMBER(38,0) NOT NULL`. */
  readonly createTable: (
    name: string,
    columns: Readonly<Record<string, string>>,
    more?: { readonly primaryKey?: readonly string[]; readonly collations?: Readonly<Record<string, string>> },
  ) => Promise<void>;
  /** Cells in the order of the columns; times as ISO text, an instant with its offset. */
  readonly insert: (name: string, rows: readonly (readonly Cell[])[]) => Promise<void>;
  /** A statement in Snowflake's words: CREATE TABLE, INSERT, UPDATE. */
  readonly execute: (sql: string) => Promise<void>;
  /** DuckDB's own SQL. */
  readonly sql: (text: string) => Promise<void>;
  readonly grant: (table: string, role: string, privilege: string) => Promise<void>;
  /** A statement on its way; `cancel` ends it. */
  readonly start: (
    sql: string,
    binds: readonly (string | number)[],
    session: SessionFacts,
    isDescribeOnly: boolean,
  ) => { readonly answer: Promise<Answer>; readonly cancel: () => void };
  readonly primaryKeys: () => readonly { readonly table: string; readonly columns: readonly string[] }[];
  readonly close: () => void;
};

export type Answer = { readonly columns: readonly WireColumn[]; readonly rows: AsyncIterable<WireRow[]> };

export async function openEngine(database = 'ANALYTICS', schema = 'MARTS'): Promise<SnowflakeEngine> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const admin = await instance.connect();
  const home = [`CREATE SCHEMA IF NOT EXISTS "${database}"."${schema}"`, `USE "${database}"."${schema}"`];
  for (const statement of [...SETUP, `ATTACH ':memory:' AS "${database}"`, ...home]) await admin.run(statement);
  for (const macro of MACROS) await admin.run(`CREATE MACRO ${macro}`);
  const names = new Map<string, 'relation' | 'column'>([database, schema].map((name) => [name, 'relation']));
  const collations = new Map<string, string>();
  const types = new Map<string, readonly (readonly [string, string])[]>();
  const keys = new Map<string, readonly string[]>();

  const q = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

  const stored = (type: string): string => {
    const [, base = '', digits = ''] = /^(\w+)(\([\d,]+\))?/.exec(type) ?? [];
    return base === 'NUMBER' ? `DECIMAL${digits}` : (STORED[base] ?? 'VARCHAR');
  };

  function cellSql(cell: Cell, type: string): string {
    if (cell === null) return 'NULL';
    const value = String(cell);
    const duck = stored(type);
    if (duck === 'UHUGEINT' || duck === 'UBIGINT') return `${Temporal.Instant.from(value).epochNanoseconds}::${duck}`;
    if (duck === 'BLOB') return `unhex(${text(value)})`;
    if (duck === 'JSON[]' || duck.startsWith('MAP')) return `CAST(CAST(${text(value)} AS JSON) AS ${duck})`;
    return `CAST(${text(value)} AS ${duck})`;
  }

  async function* rowsOf(
    sql: string,
    binds: readonly (string | number)[],
    connection: typeof admin,
  ): AsyncGenerator<WireRow[]> {
    const result = await connection.stream(sql, [...binds]);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk.getRows().map((row) => row.map((cell) => (cell === null ? null : String(cell))));
    }
  }

  const facts: SessionFacts = {
    CURRENT_VERSION: undefined,
    CURRENT_USER: undefined,
    CURRENT_ROLE: undefined,
    CURRENT_WAREHOUSE: undefined,
    CURRENT_DATABASE: database,
    CURRENT_SCHEMA: schema,
  };

  const engine: SnowflakeEngine = {
    database,
    schema,
    execute: async (sql) => {
      const [, table, columns] =
        /^CREATE TABLE (\w+) \(([\s\S]*)\)$/.exec(sql.trim().replace(/\s*CLUSTER BY .*$/, '')) ?? [];
      if (table === undefined || columns === undefined)
        return void (await admin.run(translate(sql, { names, collations, session: facts })));
      const pairs = columns.split(/,(?![^(]*\))/).map((column) => {
        const [name = '', ...type] = column.trim().split(/\s+/);
        return [name, type.join(' ')] as const;
      });
      await engine.createTable(table, Object.fromEntries(pairs));
    },
    createTable: async (name, columns, more = {}) => {
      const listed = Object.entries(columns);
      const written = listed.map(
        ([column, type]) => `${q(column)} ${stored(type)}${/NOT NULL/.test(type) ? ' NOT NULL' : ''}`,
      );
      await admin.run(`CREATE OR REPLACE TABLE ${q(name)} (${written.join(', ')})`);
      for (const column of Object.keys(columns)) names.set(column, 'column');
      names.set(name, 'relation');
      for (const [column, collation] of Object.entries(more.collations ?? {})) collations.set(column, collation);
      types.set(name, listed);
      keys.set(name, more.primaryKey ?? []);
      for (const table of ['TABLES', 'COLUMNS'])
        await admin.run(`DELETE FROM "SF"."META"."${table}" WHERE TABLE_NAME = ${text(name)}`);
      await admin.run(
        `INSERT INTO "SF"."META"."TABLES" VALUES (${[database, schema, name, 'BASE TABLE'].map(text).join(', ')}, [])`,
      );
      for (const [at, [column, type]] of listed.entries()) {
        const [, base = '', precision, scale] = /^(\w+)(?:\((\d+)(?:,(\d+))?\))?/.exec(type) ?? [];
        const numbers =
          base === 'NUMBER'
            ? [precision, scale ?? 0, 'NULL']
            : ['NULL', 'NULL', /^TIME/.test(base) ? (precision ?? 9) : 'NULL'];
        const title = base === 'VARCHAR' ? 'TEXT' : base;
        await admin.run(
          `INSERT INTO "SF"."META"."COLUMNS" VALUES (${[schema, name, column].map(text).join(', ')}, ${at + 1}, ${text(title)}, ${numbers.join(', ')}, '${/NOT NULL/.test(type) ? 'NO' : 'YES'}')`,
        );
      }
    },
    insert: async (name, rows) => {
      const columns = types.get(name) ?? [];
      for (let at = 0; at < rows.length; at += 500) {
        const values = rows
          .slice(at, at + 500)
          .map((row) => `(${row.map((cell, n) => cellSql(cell, columns[n]![1])).join(', ')})`);
        await admin.run(`INSERT INTO ${q(name)} VALUES ${values.join(', ')}`);
      }
    },
    sql: async (statement) => void (await admin.run(statement)),
    grant: async (table, role, privilege) =>
      void (await admin.run(
        `INSERT INTO "SF"."META"."TABLE_PRIVILEGES" VALUES (${[schema, table, role, privilege].map(text).join(', ')})`,
      )),
    primaryKeys: () => [...keys].map(([table, columns]) => ({ table, columns })),
    start: (sql, binds, session, isDescribeOnly) => {
      const known: Names = { names, collations, session };
      let connection: typeof admin | undefined;
      let isCancelled = false;
      const answer = (async (): Promise<Answer> => {
        try {
          const translated = translate(sql, known).trim().replace(/;$/, '');
          connection = await instance.connect();
          await connection.run(`USE "${session.CURRENT_DATABASE ?? database}"."${session.CURRENT_SCHEMA ?? schema}"`);
          const described = await connection.runAndReadAll(`DESCRIBE ${translated}`, [...binds]);
          const columns = described
            .getRowsJson()
            .map(([name, type, nullable]) => wireColumn(String(name), String(type), nullable !== 'NO'));
          if (isDescribeOnly) return { columns, rows: none() };
          for (const { name, type } of columns) {
            // What the client would convert by itself is not asked for: its numbers and Dates lose digits.
            if (type !== 'text' && type !== 'fixed')
              throw new Error(`the stand-in sends texts and counts only; ${name} is ${type}`);
          }
          if (isCancelled) throw CANCELLED();
          const rows = rowsOf(translated, binds, connection);
          const first = await rows.next(); // The result is there before Snowflake answers.
          return { columns, rows: followed(first, rows) };
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
  return engine;
}

function wireColumn(name: string, type: string, nullable: boolean): WireColumn {
  const [, precision, scale] = /^DECIMAL\((\d+),(\d+)\)$/.exec(type) ?? [];
  if (precision !== undefined)
    return { name, type: 'fixed', nullable, precision: Number(precision), scale: Number(scale) };
  if (/^(HUGEINT|BIGINT|INTEGER)$/.test(type)) return { name, type: 'fixed', nullable, precision: 38, scale: 0 };
  const wire = WIRE[type];
  if (wire === undefined) throw new Error(`the stand-in has no type for DuckDB's ${type}`);
  return { name, type: wire, nullable, precision: null, scale: /^time/.test(wire) ? 9 : null };
}

async function* none(): AsyncGenerator<WireRow[]> {}

async function* followed(first: IteratorResult<WireRow[]>, rest: AsyncGenerator<WireRow[]>): AsyncGenerator<WireRow[]> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

const CANCELLED = (): SnowflakeFailure => new SnowflakeFailure('000604', '57014', 'SQL execution canceled');

/** DuckDB's errors in Snowflake's words. */
export function failureOf(error: unknown): SnowflakeFailure {
  if (error instanceof SnowflakeFailure) return error;
  const { message } = error as Error;
  const missing = /(?:Table|Schema|Catalog) (?:with name )?"?([^\s"!]+)"? does not exist/i.exec(message)?.[1];
  const column = /Referenced (?:column|table) "([^"]+)"|does not have a column named "([^"]+)"/.exec(message);
  if (/interrupted/i.test(message)) return CANCELLED();
  if (missing !== undefined) return unknownObject(missing);
  if (column !== null) return unknownColumn(column[1] ?? column[2] ?? '');
  const near = /at or near "([^"]+)"/.exec(message)?.[1];
  if (/Parser Error/.test(message)) {
    return new SnowflakeFailure(
      '001003',
      '42000',
      `SQL compilation error:\nsyntax error line 1 at position 0 unexpected '${near ?? '<EOF>'}'.`,
    );
  }
  return new SnowflakeFailure('100038', '22018', message);
}
