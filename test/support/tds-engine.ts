/**
 * The database behind the stand-in of SQL Server: DuckDB computes what statements give; rowversions, open transactions, rights and the catalogue are
 * kept here as SQL Server documents them. Tests write through `begin`, with transactions that stay open as long as they like.
 */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import {
  Refusal,
  type Result,
  type ServerSession,
  startTdsServer,
  type TdsServer,
  type TdsServerOptions,
} from './tds-server.ts';
import { toDuckdb } from './tds-sql.ts';
import { baseOf, declaredAs, keptAs, MACROS, writeAs } from './tds-types.ts';
import type { ResultColumn, ResultValue, Statement, Trouble } from './tds-wire.ts';

export type TdsColumn = { readonly name: string; readonly type: string; readonly notNull?: boolean };
export type TdsIndex = {
  readonly columns: readonly string[];
  readonly isUnique?: boolean;
  readonly isClustered?: boolean;
  readonly isPrimary?: boolean;
};
export type TdsTable = {
  readonly schema?: string;
  readonly name: string;
  readonly columns: readonly TdsColumn[];
  readonly indexes?: readonly TdsIndex[];
};

type Cells = Readonly<Record<string, string | number | null>>;

export type TdsTransaction = {
  readonly insert: (table: string, ...rows: readonly Cells[]) => Promise<void>;
  /** Replaces cells of the rows with this key; a rowversion of theirs is given anew. */
  readonly update: (table: string, key: Cells, cells: Cells) => Promise<void>;
  readonly remove: (table: string, key: Cells) => Promise<void>;
  readonly commit: () => Promise<void>;
  readonly rollback: () => Promise<void>;
};

/** What a login may do; changed by tests as an administrator would. */
export type Rights = { grants: string[]; seesServer: boolean; denied: string[] };

export type SqlServer = TdsServer & {
  readonly create: (...tables: readonly TdsTable[]) => Promise<void>;
  readonly begin: () => Promise<TdsTransaction>;
  /** One transaction of its own. */
  readonly insert: (table: string, ...rows: readonly Cells[]) => Promise<void>;
  /** So many rows in one transaction: the columns as DuckDB expressions of `n`, from 1 on. */
  readonly insertMany: (table: string, count: number, cells: Readonly<Record<string, string>>) => Promise<void>;
  /** The text of a T-SQL expression. */
  readonly evaluate: (expression: string) => Promise<string | null>;
  readonly rights: Rights;
  /** The next statement that contains `what` fails so; the next login where `what` is `login`. */
  readonly failNext: (what: string, trouble: Trouble) => void;
  /** Sets the database to take no writes, as a secondary does. */
  readonly setReadOnly: (isReadOnly: boolean) => void;
};

export const USER = 'capi_reader';
export const PASSWORD = 'Str0ng!Pässwörd';
export const DATABASE = 'shop';
export const ENTRA_TOKEN = 'eyJ.an-invented.token';

export const startSqlServer = async (options: Omit<TdsServerOptions, 'open'> = {}): Promise<SqlServer> => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', default_null_order: 'nulls_first' });
  const admin = await instance.connect();
  const run = async (sql: string): Promise<void> => void (await admin.run(sql));
  for (const sql of [...MACROS, ...CATALOGUE]) await run(sql);

  const tables = new Map<string, TdsTable>();
  const open = new Map<number, { readonly began: string; readonly versions: bigint[] }>();
  const faults: { readonly what: string; readonly trouble: Trouble }[] = [];
  const rights: Rights = { grants: ['SELECT'], seesServer: true, denied: [] };
  let isReadOnly = false;
  let dbts = 2000n;
  let transactions = 0;
  let objects = 100;

  const fault = (text: string): void => {
    const at = faults.findIndex(({ what }) => text.includes(what));
    if (at !== -1) throw new Refusal(faults.splice(at, 1)[0]!.trouble);
  };

  const columnsNamed = (name: string): boolean =>
    [...tables.values()].some(({ columns }) => columns.some((column) => column.name === name));

  const minActive = (): bigint => {
    const active = [...open.values()].flatMap(({ versions }) => versions);
    return active.reduce((least, each) => (each < least ? each : least), dbts + 1n);
  };

  const openRows = (): string => {
    const rows = [...open].map(([id, { began }]) => `(${id}, TIMESTAMP_NS '${began}', 1, 2)`);
    const columns = 'sys_tran(transaction_id, transaction_begin_time, transaction_type, transaction_state)';
    return `(SELECT * FROM (VALUES ${rows.length === 0 ? "(0, TIMESTAMP_NS '2000-01-01 00:00:00', 2, 3)" : rows.join(', ')}) AS ${columns})`;
  };

  const translate = (sql: string): string =>
    toDuckdb(sql, {
      now: now(),
      user: USER,
      database: DATABASE,
      rights: rights.grants,
      isReadOnly,
      dbts,
      minActive: minActive(),
      transactions: openRows(),
      isColumn: columnsNamed,
    });

  const session = async (connection: DuckDBConnection): Promise<ServerSession> => ({
    execute: async ({ sql, values }) => {
      fault(sql);
      if (/^\s*set\s/i.test(sql)) return undefined;
      if (/dm_tran_/.test(sql) && !rights.seesServer) throw new Refusal(...NOT_SEEN);
      for (const name of rights.denied) {
        if (`${sql} ${values.p1}`.includes(`FROM [dbo].[${name}]`))
          throw new Refusal({
            number: 229,
            severity: 14,
            text: `The SELECT permission was denied on the object '${name}', database 'shop', schema 'dbo'.`,
          });
      }
      if (sql.includes('dm_exec_describe_first_result_set')) return describe(connection, String(values.p1));
      return query(connection, translate(sql), values);
    },
    interrupt: () => connection.interrupt(),
    close: () => connection.closeSync(),
  });

  const describe = async (connection: DuckDBConnection, sql: string): Promise<Result> => {
    const fields = DESCRIBED.map(([name, kind]): ResultColumn => ({ name, kind }));
    try {
      const reader = await connection.runAndReadAll(`DESCRIBE ${translate(sql)}`);
      const mentioned = [...tables.values()].filter(({ name }) => new RegExp(`\\b${name}\\b`).test(sql));
      const isTable = /^SELECT \* FROM (\[[^\]]+\]\.\[[^\]]+\])$/.test(sql);
      const rows = reader.getRows().map(([name, kept]) => {
        const declared = mentioned.flatMap(({ columns }) => columns).find((column) => column.name === name);
        const type =
          declared !== undefined && keptAs(declared.type).split(' ')[0] === String(kept).split(' ')[0]
            ? declared.type
            : declaredAs(String(kept));
        const isText = /char/.test(type);
        return [
          String(name),
          type.replace(/ COLLATE.*/, ''),
          !(isTable && declared?.notNull === true),
          isText ? 'SQL_Latin1_General_CP1_CI_AS' : null,
          null,
          null,
        ];
      });
      return { columns: fields, rows };
    } catch (error) {
      const [trouble] = error instanceof Refusal ? error.troubles : refusalOf(error).troubles;
      return { columns: fields, rows: [[null, null, null, null, trouble!.number, trouble!.text]] };
    }
  };

  const begin = async (): Promise<TdsTransaction> => {
    const connection = await instance.connect();
    transactions += 1;
    const id = transactions;
    const own = { began: now(), versions: [] as bigint[] };
    open.set(id, own);
    await connection.run('BEGIN TRANSACTION');
    const nextVersion = (): bigint => {
      dbts += 1n;
      own.versions.push(dbts);
      return dbts;
    };
    const end = async (how: 'COMMIT' | 'ROLLBACK'): Promise<void> => {
      await connection.run(how);
      open.delete(id);
      connection.closeSync();
    };
    const tableOf = (name: string): TdsTable => {
      const found = tables.get(name);
      if (found === undefined) throw new Error(`no table ${name}`);
      return found;
    };
    /** Expressions and values of the cells, and a new rowversion where there is one. */
    const written = (
      table: TdsTable,
      cells: Cells,
    ): { names: string[]; expressions: string[]; values: (string | null)[] } => {
      const given = table.columns.filter(({ name, type }) => name in cells && baseOf(type) !== 'timestamp');
      const version = table.columns.find(({ type }) => baseOf(type) === 'timestamp');
      return {
        names: [...given, ...(version === undefined ? [] : [version])].map(({ name }) => `"${name}"`),
        expressions: [
          ...given.map(({ type }, at) => writeAs(type, `$${at + 1}`)),
          ...(version === undefined ? [] : [`CAST(${nextVersion()} AS UBIGINT)`]),
        ],
        values: given.map(({ name }) =>
          cells[name] === null || cells[name] === undefined ? null : String(cells[name]),
        ),
      };
    };
    const where = (table: TdsTable, key: Cells, from: number): string =>
      Object.keys(key)
        .map(
          (name, at) =>
            `"${name}" = ${writeAs(table.columns.find((column) => column.name === name)!.type, `$${from + at}`)}`,
        )
        .join(' AND ');
    return {
      insert: async (name, ...rows) => {
        const table = tableOf(name);
        for (const row of rows) {
          const { names, expressions, values } = written(table, row);
          await connection.run(
            `INSERT INTO ${placeOf(table)} (${names.join(', ')}) VALUES (${expressions.join(', ')})`,
            values,
          );
        }
      },
      update: async (name, key, cells) => {
        const table = tableOf(name);
        const { names, expressions, values } = written(table, cells);
        const set = names.map((column, at) => `${column} = ${expressions[at]}`).join(', ');
        await connection.run(`UPDATE ${placeOf(table)} SET ${set} WHERE ${where(table, key, values.length + 1)}`, [
          ...values,
          ...Object.values(key).map(String),
        ]);
      },
      remove: async (name, key) => {
        const table = tableOf(name);
        await connection.run(
          `DELETE FROM ${placeOf(table)} WHERE ${where(table, key, 1)}`,
          Object.values(key).map(String),
        );
      },
      commit: () => end('COMMIT'),
      rollback: () => end('ROLLBACK'),
    };
  };

  const create = async (...given: readonly TdsTable[]): Promise<void> => {
    for (const table of given) {
      objects += 1;
      const { schema = 'dbo', name, columns, indexes = [] } = table;
      await run(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
      await run(
        `CREATE OR REPLACE TABLE ${placeOf(table)} (${columns.map((column) => `"${column.name}" ${keptAs(column.type)}`).join(', ')})`,
      );
      await run(
        `DELETE FROM sys.objects WHERE name = '${name}' AND schema_id = (SELECT schema_id FROM sys.schemas WHERE name = '${schema}')`,
      );
      await run(
        `INSERT INTO sys.schemas SELECT '${schema}', ${objects + 10_000} WHERE '${schema}' NOT IN (SELECT name FROM sys.schemas)`,
      );
      await run(
        `INSERT INTO sys.objects SELECT ${objects}, '${name}', schema_id, 'U', 0 FROM sys.schemas WHERE name = '${schema}'`,
      );
      await run(`DELETE FROM sys.object_names WHERE full_name = '[${schema}].[${name}]'`);
      await run(`INSERT INTO sys.object_names VALUES ('[${schema}].[${name}]', ${objects})`);
      for (const [at, column] of columns.entries())
        await run(`INSERT INTO sys.columns VALUES (${objects}, ${at + 1}, '${column.name}')`);
      for (const [at, index] of indexes.entries()) {
        const { isUnique = false, isClustered = false, isPrimary = false } = index;
        await run(
          `INSERT INTO sys.indexes VALUES (${objects}, ${at + 1}, ${isClustered ? 1 : 2}, ${isPrimary}, ${isUnique || isPrimary}, false, 0)`,
        );
        for (const [place, column] of index.columns.entries()) {
          const id = columns.findIndex((each) => each.name === column) + 1;
          await run(`INSERT INTO sys.index_columns VALUES (${objects}, ${at + 1}, ${id}, ${place + 1}, false)`);
        }
      }
      tables.set(name, table);
    }
  };

  const server = await startTdsServer({
    ...options,
    open: async ({ user, password, database, token }) => {
      fault('login');
      const isKnown = token === undefined ? user === USER && password === PASSWORD : token === ENTRA_TOKEN;
      if (!isKnown) throw new Refusal({ number: 18456, severity: 14, text: `Login failed for user '${user}'.` });
      if (database !== DATABASE)
        throw new Refusal(
          {
            number: 4060,
            severity: 11,
            text: `Cannot open database "${database}" requested by the login. The login failed.`,
          },
          { number: 18456, severity: 14, text: `Login failed for user '${user}'.` },
        );
      const connection = await instance.connect();
      await connection.run("SET schema = 'dbo'");
      return session(connection);
    },
  });

  return {
    ...server,
    create,
    begin,
    insert: async (table, ...rows) => {
      const transaction = await begin();
      await transaction.insert(table, ...rows);
      await transaction.commit();
    },
    insertMany: async (name, count, cells) => {
      const table = tables.get(name)!;
      const version = table.columns.find(({ type }) => baseOf(type) === 'timestamp');
      const all = { ...cells, ...(version === undefined ? {} : { [version.name]: `CAST(${dbts} + n AS UBIGINT)` }) };
      dbts += BigInt(count);
      const names = Object.keys(all).map((column) => `"${column}"`);
      await run(
        `INSERT INTO ${placeOf(table)} (${names.join(', ')}) SELECT ${Object.values(all).join(', ')} FROM range(1, ${count + 1}) AS r(n)`,
      );
    },
    evaluate: async (expression) => {
      const reader = await admin.runAndReadAll(`SELECT CAST(${translate(expression)} AS VARCHAR)`);
      return reader.getRows()[0]?.[0] as string | null;
    },
    rights,
    failNext: (what, trouble) => void faults.push({ what, trouble }),
    setReadOnly: (value) => {
      isReadOnly = value;
    },
    close: async () => {
      await server.close();
      admin.closeSync();
      instance.closeSync();
    },
  };
};

const placeOf = ({ schema = 'dbo', name }: TdsTable): string => `"${schema}"."${name}"`;

/** The server's UTC clock to 100 ns, as SYSUTCDATETIME() has it. */
const now = (): string => {
  const ns = BigInt(Math.floor((performance.timeOrigin + performance.now()) * 1000)) * 10n;
  const milliseconds = Number(ns / 10_000n);
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')}.${String(ns % 10_000_000n).padStart(7, '0')}`;
};

const NOT_SEEN: readonly Trouble[] = [
  {
    number: 300,
    severity: 14,
    text: "VIEW SERVER PERFORMANCE STATE permission was denied on object 'server', database 'master'.",
  },
  { number: 297, severity: 16, text: 'The user does not have permission to perform this action.' },
];

const DESCRIBED: readonly (readonly [string, ResultColumn['kind']])[] = [
  ['name', 'text'],
  ['type', 'text'],
  ['is_nullable', 'bit'],
  ['collation_name', 'text'],
  ['error_number', 'integer'],
  ['error_message', 'text'],
];

const CATALOGUE: readonly string[] = [
  'CREATE SCHEMA sys',
  'CREATE SCHEMA dbo',
  'CREATE TABLE sys.schemas (name VARCHAR, schema_id INTEGER)',
  "INSERT INTO sys.schemas VALUES ('dbo', 1)",
  'CREATE TABLE sys.objects (object_id INTEGER, name VARCHAR, schema_id INTEGER, type VARCHAR, is_ms_shipped INTEGER)',
  'CREATE TABLE sys.object_names (full_name VARCHAR, object_id INTEGER)',
  'CREATE TABLE sys.columns (object_id INTEGER, column_id INTEGER, name VARCHAR)',
  'CREATE TABLE sys.indexes (object_id INTEGER, index_id INTEGER, type INTEGER, is_primary_key BOOLEAN, is_unique BOOLEAN, has_filter BOOLEAN, is_disabled INTEGER)',
  'CREATE TABLE sys.index_columns (object_id INTEGER, index_id INTEGER, column_id INTEGER, key_ordinal INTEGER, is_descending_key BOOLEAN)',
];

const query = async (connection: DuckDBConnection, sql: string, values: Statement['values']): Promise<Result> => {
  try {
    const reader = await connection.runAndReadAll(sql, values as Record<string, string | bigint | null>);
    const columns = reader.columnTypes().map((type, at): ResultColumn => {
      const name = String(type);
      const kind = name === 'BOOLEAN' ? 'bit' : /INT/.test(name) ? 'integer' : 'text';
      return { name: reader.columnName(at), kind };
    });
    const rows = reader.getRows().map((row) => row.map((value, at): ResultValue => cellOf(value, columns[at]!.kind)));
    return { columns: columns.map(({ kind }, at) => ({ name: `c${at}`, kind })), rows };
  } catch (error) {
    throw refusalOf(error);
  }
};

const cellOf = (value: unknown, kind: ResultColumn['kind']): ResultValue => {
  if (value === null || value === undefined) return null;
  if (kind === 'bit') return value === true;
  return kind === 'integer' ? BigInt(value as bigint) : String(value);
};

/** DuckDB's complaint as SQL Server would number it. */
const refusalOf = (error: unknown): Refusal => {
  const message = error instanceof Error ? error.message : String(error);
  const name = /"([^"]+)"|with name (\S+)/.exec(message);
  const named = name?.[1] ?? name?.[2] ?? '';
  if (/Table with name|Catalog Error.*does not exist/.test(message))
    return new Refusal({ number: 208, severity: 16, text: `Invalid object name '${named}'.` });
  if (/Referenced column|does not have a column/.test(message))
    return new Refusal({ number: 207, severity: 16, text: `Invalid column name '${named}'.` });
  if (/Parser Error/.test(message))
    return new Refusal({
      number: 102,
      severity: 15,
      text: `Incorrect syntax near '${/near "([^"]+)"/.exec(message)?.[1] ?? ''}'.`,
    });
  if (/Conversion Error/.test(message))
    return new Refusal({
      number: 241,
      severity: 16,
      text: 'Conversion failed when converting date and/or time from character string.',
    });
  return new Refusal({ number: 50_000, severity: 16, text: message });
};
