import type { Readable } from 'node:stream';
import type { Bind, Connection, RowStatement, StatementOption } from 'snowflake-sdk';
import type { Cell, SourceError } from '../connector.ts';
import type { Run } from '../sql/dialect.ts';
import { orLate } from '../sql/or-late.ts';
import { render, type Statement } from '../sql/statement.ts';
import type { RunStream } from '../sql/stream-pages.ts';
import type { ResultColumn } from './column-types.ts';
import { translateSnowflake } from './errors.ts';
import { loadSdk, silence } from './load-sdk.ts';
import { sessionSettings } from './session-settings.ts';
import type { SignIn } from './sign-in.ts';

export type Session = {
  readonly run: Run;
  /** The columns that a statement would give. It is compiled and not run: no warehouse wakes. */
  readonly columns: (statement: Statement, doing: string) => Promise<readonly ResultColumn[]>;
  /** The rows of a SHOW, whose columns are known by name. */
  readonly show: (text: string, doing: string) => Promise<readonly Readonly<Record<string, string>>[]>;
  readonly stream: RunStream;
  readonly close: () => Promise<void>;
};

export type SessionOptions = { readonly queryTag: string; readonly timeoutSeconds: number };

/** Seconds until a sign-in that is not answered is given up. */
const SIGN_IN_SECONDS = 30;
/** Rows that are handed on together. */
const PART = 1000;
/** Seconds that a cancelled statement, or the end of the session, is waited for. */
const PARTING_SECONDS = 5;

type Done = { readonly statement: RowStatement; readonly rows: Cell[][] };

/** One session, signed in to with the first statement; statements run side by side in it. A session that is over is followed by a new one. */
export function openSession({ connection: address, label }: SignIn, options: SessionOptions): Session {
  let opening: Promise<Connection> | undefined;
  const working = new Set<RowStatement>();

  async function signIn(): Promise<Connection> {
    const sdk = await loadSdk();
    const connection = sdk.createConnection({
      ...address,
      application: 'capi-sync',
      queryTag: options.queryTag,
      sfRetryMaxLoginRetries: 0, // Another try is for the run to decide.
      resultPrefetch: 1, // One part of a result is read while the next is on its way.
      rowStreamHighWaterMark: PART,
      clientSessionKeepAlive: false,
    });
    const answered = new Promise<void>((resolve, reject) => {
      connection.connect((error) => (error ? reject(error) : resolve()));
    });
    try {
      await orLate(answered, SIGN_IN_SECONDS);
    } catch (error) {
      leave(connection);
      throw error;
    }
    silence(sdk); // Signing in reads sf_client_config.json, where there is one, and logs as it says.
    await started(connection, sessionSettings(options.timeoutSeconds), [], {}).done;
    return connection;
  }

  async function signedIn(doing: string): Promise<Connection> {
    opening ??= signIn();
    const mine = opening;
    try {
      return await mine;
    } catch (error) {
      if (opening === mine) opening = undefined;
      throw translateSnowflake(error, 'connect', doing, label);
    }
  }

  /** A statement on its way, and its answer; of one that streams, only that it has one. */
  function started(
    connection: Connection,
    sqlText: string,
    binds: readonly Bind[],
    more: Pick<StatementOption, 'describeOnly' | 'streamResult'>,
  ): { statement: RowStatement; done: Promise<Done> } {
    let statement: RowStatement | undefined;
    const done = new Promise<Done>((resolve, reject) => {
      statement = connection.execute({
        sqlText,
        binds,
        rowMode: 'array',
        ...more,
        complete: (error, answered, rows) =>
          error ? reject(error) : resolve({ statement: answered as RowStatement, rows: (rows ?? []) as Cell[][] }),
      }) as RowStatement;
    });
    const mine = statement!;
    working.add(mine);
    const finish = (): void => void working.delete(mine);
    done.then(finish, finish);
    return { statement: mine, done };
  }

  /** What a failure means; after one that ends the session the next statement signs in anew. */
  async function failure(error: unknown, doing: string, connection: Connection): Promise<SourceError> {
    const translated = translateSnowflake(error, 'query', doing, label);
    if (translated.code === 'source-interrupted' && (await opening?.catch(() => undefined)) === connection) {
      opening = undefined;
      leave(connection);
    }
    return translated;
  }

  async function ask(statement: Statement, doing: string, more: { describeOnly?: boolean } = {}): Promise<Done> {
    const connection = await signedIn(doing);
    const { text, binds } = sqlOf(statement);
    try {
      return await started(connection, text, binds, more).done;
    } catch (error) {
      throw await failure(error, doing, connection);
    }
  }

  async function* stream(statement: Statement, doing: string, signal: AbortSignal): AsyncGenerator<Cell[][], void> {
    if (signal.aborted) return;
    const connection = await signedIn(doing);
    const { text, binds } = sqlOf(statement);
    const { statement: query, done } = started(connection, text, binds, { streamResult: true });
    let rows: Readable | undefined;
    let isRead = false;
    let cancelling: Promise<void> | undefined;
    const cancel = (): Promise<void> => (cancelling ??= cancelled(query));
    const giveUp = (): void => {
      if (rows === undefined) void cancel();
      else rows.destroy();
    };
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      if (signal.aborted) return;
      rows = (await done).statement.streamRows();
      let part: Cell[][] = [];
      for await (const row of rows) {
        if (part.push(row as Cell[]) < PART) continue;
        yield part;
        part = [];
      }
      isRead = true;
      if (part.length > 0) yield part;
    } catch (error) {
      if (signal.aborted) return;
      isRead = true; // The server knows that it failed.
      throw await failure(error, doing, connection);
    } finally {
      signal.removeEventListener('abort', giveUp);
      rows?.destroy();
      if (!isRead) {
        await cancel();
        done.catch(() => undefined);
      }
    }
  }

  return {
    stream,
    run: async (statement, doing) => (await ask(statement, doing)).rows,
    columns: async (statement, doing) => {
      const { statement: described } = await ask(statement, doing, { describeOnly: true });
      return (described.getColumns() ?? []).map((column) => ({
        name: column.getName(),
        type: column.getType().toLowerCase(),
        precision: Number(column.getPrecision() ?? 38),
        scale: Number(column.getScale() ?? 0),
        nullable: column.isNullable(),
      }));
    },
    show: async (text, doing) => {
      const { statement, rows } = await ask([text], doing);
      const names = (statement.getColumns() ?? []).map((column) => column.getName());
      return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, String(row[at] ?? '')])));
    },
    close: async () => {
      const connection = await opening?.catch(() => undefined);
      opening = undefined;
      await Promise.all([...working].map(cancelled));
      if (connection !== undefined) await orLate(left(connection), PARTING_SECONDS).catch(() => undefined);
    },
  };
}

function sqlOf(statement: Statement): { text: string; binds: Bind[] } {
  const { text, values } = render(statement, () => '?');
  return { text, binds: values.map((value) => (typeof value === 'number' ? value : String(value))) };
}

/** Tells the server to give a statement up, and waits a little for its answer. One that is done already is no error. */
async function cancelled(statement: RowStatement): Promise<void> {
  const answered = new Promise<void>((resolve) => statement.cancel(() => resolve()));
  await orLate(answered, PARTING_SECONDS).catch(() => undefined);
}

function left(connection: Connection): Promise<void> {
  return new Promise((resolve) => connection.destroy(() => resolve()));
}

function leave(connection: Connection): void {
  left(connection).catch(() => undefined);
}
