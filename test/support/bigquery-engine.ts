/** What stands behind the stand-in: DuckDB, with tables declared in GoogleSQL; the bytes that a query would read; results that are taken in pages. */
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import {
  ApiProblem,
  columnsMentioned,
  conditionsOf,
  isPartitionCondition,
  type Mention,
  type Parameter,
  tablesIn,
  translate,
} from './bigquery-sql.ts';
import { tokensOf } from './bigquery-tokens.ts';
import { type ApiField, duckType, fieldOfType, parseCreateTable, type TableDefinition } from './bigquery-types.ts';

export type Query = {
  readonly text: string;
  readonly parameters: readonly Parameter[];
  readonly dataset: string | undefined;
};

export type Plan = {
  readonly fields: readonly ApiField[];
  readonly bytes: number;
  readonly statementType: string;
  /** Of each table with a required filter: whether the query had a condition of constants on its partitions. */
  readonly pruned: readonly string[];
};

export type Result = {
  readonly fields: readonly ApiField[];
  readonly totalRows: number;
  /** The next rows, at most so many; fewer only at the end. */
  readonly take: (most: number) => Promise<DuckDBValue[][]>;
  readonly close: () => void;
};

export type Engine = {
  /** `CREATE TABLE` in GoogleSQL. A table that is there is made anew. */
  readonly execute: (...statements: readonly string[]) => Promise<void>;
  /** What changes rows, in DuckDB's SQL; tables are those of the dataset that was made last. */
  readonly insert: (...statements: readonly string[]) => Promise<void>;
  readonly tables: () => readonly TableDefinition[];
  readonly countRows: (table: TableDefinition) => Promise<number>;
  readonly plan: (query: Query) => Promise<Plan>;
  readonly start: (query: Query) => Promise<Result>;
  readonly close: () => void;
};

const q = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export async function openEngine(project: string, user: string): Promise<Engine> {
  const instance = await DuckDBInstance.create(':memory:');
  const tables = new Map<string, TableDefinition>();
  const relationOf = ({ dataset, table }: { dataset: string; table: string }): string =>
    [project, dataset, table].map(q).join('.');

  async function connect(dataset?: string): Promise<DuckDBConnection> {
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run("SET default_null_order = 'nulls_first'");
    if (dataset !== undefined) await connection.run(`USE ${q(project)}.${q(dataset)}`);
    return connection;
  }

  const admin = await instance.connect();
  await admin.run(`ATTACH ':memory:' AS ${q(project)}`);
  await admin.run("SET TimeZone = 'UTC'");

  async function create(sql: string): Promise<void> {
    const definition = parseCreateTable(sql);
    const { dataset, table, fields, partition } = definition;
    await admin.run(`CREATE SCHEMA IF NOT EXISTS ${q(project)}.${q(dataset)}`);
    const columns = fields.map(
      (field) => `${q(field.name)} ${duckType(field)}${field.mode === 'REQUIRED' ? ' NOT NULL' : ''}`,
    );
    if (partition?.column === '_PARTITIONTIME') columns.push('"_PARTITIONTIME" TIMESTAMPTZ');
    await admin.run(`CREATE OR REPLACE TABLE ${relationOf(definition)} (${columns.join(', ')})`);
    tables.set(`${dataset}.${table}`, definition);
  }

  function definitionOf({ dataset, table, project: of }: Mention): TableDefinition | undefined {
    return of === project ? tables.get(`${dataset}.${table}`) : undefined;
  }

  const facts = () => ({
    now: `${new Date().toISOString().slice(0, -1)}${String(process.hrtime.bigint() % 1000n).padStart(3, '0')}+00`,
    user,
  });

  /** The conditions of a query on the partitions of a table, as one of DuckDB's; undefined: it has none. */
  function partitionFilter(definition: TableDefinition, mention: Mention, query: Query) {
    const { partition } = definition;
    if (partition === undefined) return undefined;
    const usable = conditionsOf(tokensOf(query.text), mention).filter((each) =>
      isPartitionCondition(each, partition.column),
    );
    if (usable.length === 0) return undefined;
    return translate(
      usable.map((each) => `(${each.map(({ text }) => text).join(' ')})`).join(' AND '),
      query.parameters,
      facts(),
    );
  }

  async function bytesOf(definition: TableDefinition, mention: Mention, query: Query): Promise<number> {
    const { partition, fields } = definition;
    const mentioned = columnsMentioned(
      tokensOf(query.text),
      fields.map(({ name }) => name),
    );
    const sizes = fields.filter(({ name }) => mentioned.includes(name)).map(sizeOf);
    const size = sizes.length === 0 ? '0' : sizes.join(' + ');
    const filter = partitionFilter(definition, mention, query);
    const part = partition === undefined ? '' : ` GROUP BY ${partitionOf(partition)}`;
    const sql = `SELECT coalesce(sum(size), 0)::BIGINT FROM (SELECT sum(${size}) AS size, bool_or(${filter?.sql ?? 'true'}) AS hit FROM ${relationOf(definition)}${part}) WHERE hit`;
    const [row] = (await admin.runAndReadAll(sql, [...(filter?.values ?? [])])).getRows();
    return Number(row?.[0] ?? 0);
  }

  async function plan(query: Query): Promise<Plan> {
    const mentions = tablesIn(tokensOf(query.text), project, query.dataset);
    const pruned: string[] = [];
    let bytes = 0;
    for (const mention of mentions) {
      const definition = definitionOf(mention);
      if (definition === undefined) {
        const { project: of, dataset, table } = mention;
        throw new ApiProblem(
          404,
          'notFound',
          `Not found: Table ${of}:${dataset}.${table} was not found in location EU`,
        );
      }
      const isPruned = partitionFilter(definition, mention, query) !== undefined;
      if (definition.requireFilter && !isPruned) {
        throw new ApiProblem(
          400,
          'invalidQuery',
          `Cannot query over table '${project}.${definition.dataset}.${definition.table}' without a filter over column(s) ${filterColumns(definition)} that can be used for partition elimination`,
        );
      }
      if (isPruned) pruned.push(definition.table);
      bytes += await bytesOf(definition, mention, query);
    }
    const connection = await connect(query.dataset);
    try {
      const { sql } = translate(query.text, query.parameters, facts());
      const statements = await connection.extractStatements(sql);
      if (statements.count !== 1) return { fields: [], bytes, statementType: 'SCRIPT', pruned };
      const first = tokensOf(query.text)[0]?.text.toUpperCase() ?? '';
      if (first !== 'SELECT' && first !== 'WITH') return { fields: [], bytes, statementType: first, pruned };
      const prepared = await statements.prepare(0);
      const known = mentions.flatMap((mention) => definitionOf(mention)?.fields ?? []);
      const fields = Array.from({ length: prepared.columnCount }, (_, at) => {
        const name = prepared.columnName(at);
        return known.find((field) => field.name === name) ?? fieldOfType(name, prepared.columnType(at));
      });
      refuseDuplicates(fields);
      return { fields, bytes, statementType: 'SELECT', pruned };
    } catch (error) {
      throw asApiProblem(error, query);
    } finally {
      connection.closeSync();
    }
  }

  async function start(query: Query): Promise<Result> {
    const { fields } = await plan(query);
    const { sql, values } = translate(query.text, query.parameters, facts());
    const connection = await connect(query.dataset);
    try {
      const [count] = (await connection.runAndReadAll(`SELECT count(*) FROM (${sql})`, [...values])).getRows();
      const result = await connection.stream(sql, [...values]);
      let rest: DuckDBValue[][] = [];
      return {
        fields,
        totalRows: Number(count?.[0] ?? 0),
        take: async (most) => {
          while (rest.length < most) {
            const chunk = await result.fetchChunk();
            if (chunk === null || chunk.rowCount === 0) break;
            rest = rest.concat(chunk.getRows());
          }
          const taken = rest.slice(0, most);
          rest = rest.slice(most);
          return taken;
        },
        close: () => connection.closeSync(),
      };
    } catch (error) {
      connection.closeSync();
      throw asApiProblem(error, query);
    }
  }

  return {
    plan,
    start,
    tables: () => [...tables.values()],
    countRows: async (table) => {
      const [row] = (await admin.runAndReadAll(`SELECT count(*) FROM ${relationOf(table)}`)).getRows();
      return Number(row?.[0] ?? 0);
    },
    execute: async (...statements) => {
      for (const statement of statements) await create(statement);
    },
    insert: async (...statements) => {
      await admin.run(`USE ${q(project)}.${q([...tables.values()].at(-1)?.dataset ?? '')}`);
      for (const statement of statements) await admin.run(statement);
    },
    close: () => {
      admin.closeSync();
      instance.closeSync();
    },
  };
}

function filterColumns({ partition }: TableDefinition): string {
  const { column } = partition!;
  return column === '_PARTITIONTIME' ? "'_PARTITION_LOAD_TIME', '_PARTITIONDATE', '_PARTITIONTIME'" : `'${column}'`;
}

function partitionOf({ column, unit }: NonNullable<TableDefinition['partition']>): string {
  return unit === 'RANGE' ? q(column) : `date_trunc('${unit.toLowerCase()}', ${q(column)})`;
}

const SIZES: Readonly<Record<string, number>> = { NUMERIC: 16, BIGNUMERIC: 32, BOOLEAN: 1, INTERVAL: 16, RANGE: 16 };

/** Bytes of a value: https://cloud.google.com/bigquery/pricing#data. */
function sizeOf({ name, type, mode }: ApiField): string {
  const column = q(name);
  if (mode === 'REPEATED' || type === 'RECORD') return `coalesce(strlen(CAST(${column} AS VARCHAR)), 0)`;
  if (type === 'STRING' || type === 'JSON' || type === 'GEOGRAPHY') return `coalesce(2 + strlen(${column}), 0)`;
  if (type === 'BYTES') return `coalesce(2 + octet_length(${column}), 0)`;
  return `CASE WHEN ${column} IS NULL THEN 0 ELSE ${SIZES[type] ?? 8} END`;
}

function refuseDuplicates(fields: readonly ApiField[]): void {
  const names = fields.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, at) => names.indexOf(name) !== at && !name.includes('('));
  if (twice === undefined) return;
  throw new ApiProblem(
    400,
    'invalidQuery',
    `Duplicate column names in the result are not supported when a destination table is present. Found duplicate(s): ${twice}`,
  );
}

/** DuckDB's complaint in the words of BigQuery. */
function asApiProblem(error: unknown, query: Query): ApiProblem {
  if (error instanceof ApiProblem) return error;
  const message = error instanceof Error ? error.message : String(error);
  const column = /Referenced column "([^"]+)" not found/.exec(message)?.[1];
  const at = `[1:${1 + Math.max(0, column === undefined ? 0 : query.text.indexOf(column))}]`;
  if (column !== undefined) return new ApiProblem(400, 'invalidQuery', `Unrecognized name: ${column} at ${at}`);
  if (message.startsWith('Parser Error'))
    return new ApiProblem(400, 'invalidQuery', `Syntax error: Unexpected input at ${at}`);
  const called = /Function with name (\w+) does not exist/.exec(message)?.[1];
  if (called !== undefined) return new ApiProblem(400, 'invalidQuery', `Function not found: ${called} at ${at}`);
  // As BigQuery does, with the value in it: no message of ours may show it.
  return new ApiProblem(400, 'invalidQuery', message);
}
