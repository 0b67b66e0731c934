import { randomUUID } from 'node:crypto';
import type { Cell } from '../connector.ts';
import { loadDriver } from '../load-driver.ts';
import { answer } from '../sql/clock.ts';
import type { Run } from '../sql/dialect.ts';
import type { ServerAddress } from '../sql/server-options.ts';
import type { Statement } from '../sql/statement.ts';
import type { RunStream } from '../sql/stream-pages.ts';
import { translateClickhouse } from './errors.ts';
import { BrokenResult, resultRows } from './result-rows.ts';
import {
  isReadonlyProfile,
  refuseUnseenLimit,
  type Settings,
  settingNames,
  settingsFor,
  type Wishes,
} from './settings.ts';

export const driver = { name: '@clickhouse/client', versions: '^1.23.1' } as const;

export type Session = {
  readonly run: Run;
  /** The same with the user's own settings alone. */
  readonly runAsUser: Run;
  readonly stream: RunStream;
  readonly close: () => Promise<void>;
};

/** Seconds that a KILL QUERY may take before it is left to the server, which ends a query nobody listens to by itself. */
const KILL_SECONDS = 5;
/** Of the client's log levels the one at which it says nothing: a connector never logs. */
const SILENT = 127;

export async function openSession(address: ServerAddress, wishes: Wishes): Promise<Session> {
  const { createClient } = await loadDriver<typeof import('@clickhouse/client')>(driver.name, driver);
  const { host, port, user, password, database, tls, label } = address;
  const client = createClient({
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    username: user ?? 'default',
    password: password ?? '',
    ...(database === undefined ? {} : { database }),
    ...(tls?.ca === undefined ? {} : { tls: { ca_cert: Buffer.from(tls.ca) } }),
    application: 'capi-sync',
    // The server ends a query first: the client waits for its word.
    request_timeout: (wishes.timeoutSeconds + 15) * 1000,
    log: { level: SILENT },
  });
  const kills = new Set<Promise<void>>();
  let settled: Promise<Settings> | undefined;

  async function* ask(
    statement: Statement,
    settings: Settings,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Cell[][], void, undefined> {
    const { text, values } = rendered(statement);
    const id = randomUUID();
    let isOver = false;
    try {
      const { stream } = await client.exec({
        query: `${text}\nFORMAT JSONCompactEachRow`,
        query_params: values,
        query_id: id,
        clickhouse_settings: settings,
        ...(signal === undefined ? {} : { abort_signal: signal }),
      });
      try {
        for await (const part of resultRows(stream)) {
          if (signal?.aborted === true) return;
          yield part;
        }
      } finally {
        stream.destroy();
      }
      isOver = true;
    } catch (error) {
      if (signal?.aborted === true) return;
      isOver = isOfServer(error);
      throw error;
    } finally {
      if (!isOver) kill(id);
    }
  }

  /** Closing the connection is enough where the server looks for it; behind a balancer, or where the profile forbids that, it does not. */
  function kill(id: string): void {
    const killing = client
      .command({
        query: 'KILL QUERY WHERE query_id = {id:String} AND user = currentUser() ASYNC',
        query_params: { id },
        abort_signal: AbortSignal.timeout(KILL_SECONDS * 1000),
      })
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => kills.delete(killing));
    kills.add(killing);
  }

  async function all(statement: Statement, settings: Settings): Promise<Cell[][]> {
    const rows: Cell[][] = [];
    for await (const part of ask(statement, settings, undefined)) rows.push(...part);
    return rows;
  }

  function settle(): Promise<Settings> {
    settled ??= all(
      [
        // One row, which no limit of a profile cuts off.
        `SELECT toJSONString(groupArray([name, value, toString(readonly)])) FROM system.settings WHERE name IN (${settingNames.map((name) => `'${name}'`).join(', ')})`,
      ],
      {},
    )
      .then(async ([row]) => {
        const rows = JSON.parse(answer(row?.[0])) as Cell[][];
        if (isReadonlyProfile(rows)) refuseUnseenLimit(await all(['EXPLAIN SELECT number FROM numbers(3)'], {}));
        return settingsFor(rows, wishes, label);
      })
      .catch((error: unknown) => {
        settled = undefined;
        throw error;
      });
    return settled;
  }

  const translated = (error: unknown, doing: string): unknown =>
    error instanceof Error && error.name === 'SourceError' ? error : translateClickhouse(coded(error), doing, label);

  const attempt = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw translated(error, doing);
    }
  };

  return {
    run: (statement, doing) => attempt(doing, async () => all(statement, await settle())),
    runAsUser: (statement, doing) => attempt(doing, () => all(statement, {})),
    stream: async function* (statement, doing, signal) {
      try {
        if (signal.aborted) return;
        yield* ask(statement, await settle(), signal);
      } catch (error) {
        throw translated(error, doing);
      }
    },
    close: async () => {
      await Promise.all(kills);
      await client.close();
    },
  };
}

/** Values go beside the text as parameters, each with its type: `{p1:String}`. */
function rendered(statement: Statement): { readonly text: string; readonly values: Record<string, string> } {
  const values: Record<string, string> = {};
  let text = '';
  for (const piece of statement) {
    if (typeof piece === 'string') {
      text += piece;
      continue;
    }
    const name = `p${Object.keys(values).length + 1}`;
    values[name] = String(piece.bind);
    text += `{${name}:${typeof piece.bind === 'string' ? 'String' : 'Int64'}}`;
  }
  return { text, values };
}

function isOfServer(error: unknown): boolean {
  const { code } = coded(error) as { code?: unknown };
  return typeof code === 'string' && /^\d+$/.test(code);
}

/** An error that came within a result is told by the server's number like any other. */
function coded(error: unknown): unknown {
  if (!(error instanceof BrokenResult) || error.code === undefined) return error ?? {};
  return Object.assign(new Error('', { cause: error }), { code: error.code });
}
