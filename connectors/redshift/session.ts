import type { Client, FieldDef, QueryConfig } from 'pg';
import type { Cell } from '../connector.ts';
import { loadDriver } from '../load-driver.ts';
import type { Run } from '../sql/dialect.ts';
import type { Phase } from '../sql/pool.ts';
import { keepAliveMs, type ServerAddress } from '../sql/server-options.ts';
import { render, type Statement } from '../sql/statement.ts';
import type { RunStream } from '../sql/stream-pages.ts';
import { translateRedshift } from './errors.ts';
import { rowsWithPauses } from './rows-with-pauses.ts';

export type Session = {
  readonly run: Run;
  /** The columns a statement would give. */
  readonly fields: (statement: Statement, doing: string) => Promise<readonly FieldDef[]>;
  readonly stream: RunStream;
  readonly close: () => Promise<void>;
};

export type Limits = { readonly timeoutSeconds: number; readonly queryGroup: string };

/** A paused Serverless workgroup takes its time to wake up, and says nothing meanwhile. */
const CONNECT_SECONDS = 60;

/** The server's own text, whatever the type: nothing becomes a number or a Date. */
const asText = { getTypeParser: () => (text: unknown) => text };

/** One connection for questions, opened when the first is asked, and one for each result that is open. */
export async function openSession(address: ServerAddress, limits: Limits): Promise<Session> {
  const pg = await loadDriver<typeof import('pg')>('pg');
  let asking: Promise<Client> | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const translated = (error: unknown, phase: Phase, doing: string): unknown =>
    error instanceof Error && error.name === 'SourceError'
      ? error
      : translateRedshift(error, phase, doing, address.label);

  async function connect(doing: string): Promise<Client> {
    const client = new pg.Client({
      host: address.host,
      port: address.port,
      ...(address.user === undefined ? {} : { user: address.user }),
      ...(address.password === undefined ? {} : { password: address.password }),
      ...(address.database === undefined ? {} : { database: address.database }),
      ssl: address.tls ?? false,
      connectionTimeoutMillis: CONNECT_SECONDS * 1000,
      application_name: 'capi-sync',
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveMs,
    });
    client.on('error', () => undefined); // What happens between two queries is told by the next one.
    try {
      await client.connect();
      for (const setting of settings(limits)) await client.query(setting);
      return client;
    } catch (error) {
      void client.end().catch(() => undefined);
      throw translated(error, 'connect', doing);
    }
  }

  /** A transaction a question: reading only, and of what is committed now. */
  async function ask(statement: Statement, doing: string): Promise<{ rows: Cell[][]; fields: FieldDef[] }> {
    asking ??= connect(doing);
    const client = await asking.catch((error: unknown) => {
      asking = undefined;
      throw error;
    });
    try {
      await client.query('BEGIN READ ONLY');
      const result = await client.query<Cell[]>(configOf(statement) as never);
      await client.query('COMMIT');
      return result as unknown as { rows: Cell[][]; fields: FieldDef[] };
    } catch (error) {
      const failure = translated(error, 'query', doing) as { code?: string };
      const isLost = failure.code === 'source-interrupted' || failure.code === 'source-unreachable';
      const isBack =
        !isLost &&
        (await client.query('ROLLBACK').then(
          () => true,
          () => false,
        ));
      if (!isBack) {
        asking = undefined;
        void client.end().catch(() => undefined);
      }
      throw failure;
    }
  }

  /** One after another: a connection has one transaction at a time. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work, work);
    turn = next.catch(() => undefined);
    return next;
  }

  async function cancel(client: Client): Promise<void> {
    // By its own user a session may be ended everywhere; of who else's nothing is touched.
    const process = (client as unknown as { processID: number | null }).processID;
    if (process !== null)
      await inTurn(() => ask([`SELECT pg_cancel_backend(${Number(process)})`], 'end a query')).catch(() => undefined);
    void client.end().catch(() => undefined);
  }

  return {
    run: async (statement, doing) => (await inTurn(() => ask(statement, doing))).rows,
    fields: async (statement, doing) => (await inTurn(() => ask(statement, doing))).fields,
    stream: async function* (statement, doing, signal) {
      if (signal.aborted) return;
      const client = await connect(doing);
      let isOver = false;
      try {
        await client.query('BEGIN READ ONLY');
        yield* rowsWithPauses(client, new pg.Query(configOf(statement) as never), signal);
        isOver = !signal.aborted;
      } catch (error) {
        isOver = true;
        if (!signal.aborted) throw translated(error, 'query', doing);
      } finally {
        if (isOver) void client.end().catch(() => undefined);
        else await cancel(client);
      }
    },
    close: async () => {
      await turn;
      await (await asking?.catch(() => undefined))?.end();
      asking = undefined;
    },
  };
}

function configOf(statement: Statement): QueryConfig {
  const { text, values } = render(statement, (n) => `$${n}`);
  // The extended protocol takes one statement only: a `;` in the author's text cannot start a second one.
  const config: QueryConfig & { rowMode: 'array'; queryMode: 'extended' } = {
    text,
    values,
    rowMode: 'array',
    queryMode: 'extended',
    types: asText,
  };
  return config;
}

/** In UTC, and in texts that do not depend on how the user is set up. */
function settings({ timeoutSeconds, queryGroup }: Limits): string[] {
  return [
    "SET timezone TO 'UTC'",
    "SET datestyle TO 'ISO, YMD'",
    'SET extra_float_digits TO 2',
    `SET statement_timeout TO ${Math.round(timeoutSeconds * 1000)}`,
    `SET query_group TO '${queryGroup}'`,
  ];
}
