import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBPreparedStatement } from '@duckdb/node-api';
import { type Cell, SourceError } from '../connector.ts';
import { loadDriver } from '../load-driver.ts';
import type { Run } from '../sql/dialect.ts';
import { render, type Statement, type Value } from '../sql/statement.ts';
import type { RunStream } from '../sql/stream-pages.ts';
import { literal, quote } from './dialect.ts';
import { translateDuckdb } from './errors.ts';
import { isRemote, storeStatements } from './object-store.ts';
import type { DuckdbOptions } from './options.ts';

export const DRIVER = { name: '@duckdb/node-api', versions: '^1.5.6-r.1' };

export type Session = {
  readonly run: Run;
  readonly stream: RunStream;
  /** The name under which the database file is known, in quotes where it needs them; undefined: there is none. */
  readonly catalog: string | undefined;
  readonly close: () => Promise<void>;
};

/** How often a query that is to end is told so: one that is only about to begin does not hear it. */
const INTERRUPT_EVERY_MS = 50;

/** DuckDB within this process. Nothing is opened before the first question; a database file is held until `close`, beside other readers only. */
export async function openSession(
  options: DuckdbOptions,
  { baseDir, paths }: { readonly baseDir: string; readonly paths: readonly string[] },
): Promise<Session> {
  const duckdb = await loadDriver<typeof import('@duckdb/node-api')>(DRIVER.name, { versions: DRIVER.versions });
  const file = options.database === undefined ? undefined : resolve(baseDir, options.database);
  const place = options.database ?? 'the files';
  // As DuckDB itself names it: a view that dbt made says "warehouse"."main"."orders".
  const catalog = file && basename(file, extname(file));
  const ownTemp = options.temp_directory === undefined ? mkdtempSync(join(tmpdir(), 'capi-sync-duckdb-')) : undefined;
  let opening: Promise<DuckDBInstance> | undefined;
  let isClosed = false;
  const idle: DuckDBConnection[] = [];
  const working = new Set<Promise<unknown>>();

  const open = async (): Promise<DuckDBInstance> => {
    const instance = await duckdb.DuckDBInstance.create(':memory:', {
      memory_limit: options.memory_limit ?? '512MB',
      threads: String(options.threads ?? 2),
      temp_directory: ownTemp ?? resolve(baseDir, options.temp_directory ?? ''),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      ...(options.extension_directory === undefined
        ? {}
        : { extension_directory: resolve(baseDir, options.extension_directory) }),
    });
    try {
      const connection = await instance.connect();
      for (const statement of settings(options, file, catalog, paths)) await connection.run(statement);
      connection.closeSync();
      return instance;
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  };

  const connect = async (): Promise<DuckDBConnection> => {
    if (isClosed) throw new SourceError('source-interrupted', 'the source is closed');
    const free = idle.pop();
    if (free !== undefined) return free;
    opening ??= open();
    const instance = await opening.catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    if (catalog !== undefined)
      await connection.run(`SET search_path = ${literal(`${quote(catalog)}.main,memory.main`)}`);
    return connection;
  };

  /** One statement only: a `;` in the author's text cannot start a second one. */
  const prepare = async (connection: DuckDBConnection, statement: Statement): Promise<DuckDBPreparedStatement> => {
    const { text, values } = render(statement, (n) => `$${n}`);
    const prepared = await connection.prepare(text);
    if (values.length > 0) prepared.bind(values.map(asBound));
    return prepared;
  };

  const run: Run = (statement, doing) => {
    const task = (async () => {
      const connection = await connect();
      try {
        const prepared = await prepare(connection, statement);
        try {
          const rows = await (await prepared.runAndReadAll()).getRows();
          return rows as Cell[][];
        } finally {
          prepared.destroySync();
        }
      } finally {
        idle.push(connection);
      }
    })();
    return tracked(
      working,
      task.catch((error: unknown) => {
        throw translateDuckdb(error, doing, place);
      }),
    );
  };

  async function* stream(statement: Statement, doing: string, signal: AbortSignal): AsyncGenerator<Cell[][]> {
    let connection: DuckDBConnection | undefined;
    let prepared: DuckDBPreparedStatement | undefined;
    let interrupting: NodeJS.Timeout | undefined;
    const giveUp = (): void => {
      connection?.interrupt();
      interrupting ??= setInterval(() => connection?.interrupt(), INTERRUPT_EVERY_MS);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    const ended = Promise.withResolvers<void>();
    working.add(ended.promise);
    try {
      if (signal.aborted) return;
      connection = await connect();
      prepared = await prepare(connection, statement);
      if (signal.aborted) return;
      const result = await prepared.stream();
      while (!signal.aborted) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        yield chunk.getRows() as Cell[][];
      }
    } catch (error) {
      if (!signal.aborted) throw translateDuckdb(error, doing, place);
    } finally {
      signal.removeEventListener('abort', giveUp);
      clearInterval(interrupting);
      prepared?.destroySync();
      // What is left of a result goes with its connection.
      connection?.closeSync();
      working.delete(ended.promise);
      ended.resolve();
    }
  }

  return {
    run,
    stream,
    catalog,
    close: async () => {
      isClosed = true;
      await Promise.allSettled(working);
      for (const connection of idle.splice(0)) connection.closeSync();
      const instance = await opening?.catch(() => undefined);
      instance?.closeSync();
      if (ownTemp !== undefined) rmSync(ownTemp, { recursive: true, force: true });
    },
  };
}

/** Run once, in this order; after the last of them no query of a mapping can read another file. */
function settings(
  { object_store: store }: DuckdbOptions,
  file: string | undefined,
  catalog: string | undefined,
  paths: readonly string[],
): string[] {
  const folders = paths.filter((path) => !isRemote(path)).map(fixedPart);
  return [
    ...(store === undefined ? [] : storeStatements(store)),
    ...(file === undefined ? [] : [`ATTACH ${literal(file)} AS ${quote(catalog ?? '')} (READ_ONLY)`]),
    ...(paths.some(isRemote)
      ? []
      : [`SET allowed_directories = [${folders.map(literal).join(', ')}]`, 'SET enable_external_access = false']),
  ];
}

/** The folder of a pattern above its first sign. */
const fixedPart = (pattern: string): string => dirname(pattern.replace(/[*?[].*$/, 'x'));

const asBound = (value: Value): string | bigint =>
  typeof value === 'bigint' ? value : typeof value === 'number' ? BigInt(value) : String(value);

const tracked = <T>(all: Set<Promise<unknown>>, task: Promise<T>): Promise<T> => {
  all.add(task);
  const forget = (): void => void all.delete(task);
  task.then(forget, forget);
  return task;
};
