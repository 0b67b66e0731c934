import { Agent } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import type { DBSQLClient } from '@databricks/sql';
import { type Cell, SourceError } from '../connector.ts';
import type { Run } from '../sql/dialect.ts';
import { orLate } from '../sql/or-late.ts';
import { render, type Statement } from '../sql/statement.ts';
import type { RunStream } from '../sql/stream-pages.ts';
import { isStarting, translateDatabricks } from './errors.ts';
import { loadClient } from './load-client.ts';
import type { SignIn } from './sign-in.ts';

export type Session = {
  readonly run: Run;
  readonly stream: RunStream;
  readonly close: () => Promise<void>;
};

export type SessionOptions = {
  readonly catalog: string | undefined;
  readonly schema: string | undefined;
  readonly timeoutSeconds: number;
  readonly startSeconds: number;
};

/** Rows of one answer. */
const PART = 5_000;
/** Seconds between two tries while a warehouse starts. */
const START_PAUSE = 5;
/** Seconds that a cancelled statement, or the end of the session, is waited for. */
const PARTING_SECONDS = 5;

type Opened = { readonly client: DBSQLClient; readonly session: Awaited<ReturnType<DBSQLClient['openSession']>> };
type Operation = Awaited<ReturnType<Opened['session']['executeStatement']>>;
type Named = Readonly<Record<string, Cell>>;

/** One session, opened with the first statement; statements run side by side in it. A session that is over is followed by a new one. */
export function openSession(way: SignIn, options: SessionOptions): Session {
  let opening: Promise<Opened> | undefined;
  const stopWaiting = new AbortController();
  const working = new Set<Operation>();

  async function open(): Promise<Opened> {
    const { DBSQLClient: makeClient } = await loadClient();
    const client = new makeClient({ logger: { log: () => undefined } });
    client.on('error', () => undefined); // Whoever asked is told as well.
    // Texts come as texts, in the answers themselves: nothing is fetched from storage, nothing is told to others.
    Object.assign(client.getConfig(), {
      arrowEnabled: false,
      useCloudFetch: false,
      useLZ4Compression: false,
      telemetryEnabled: false,
    });
    let agent: Agent | undefined;
    await client.connect({
      host: way.host,
      port: way.port,
      path: way.path,
      userAgentEntry: 'capi-sync',
      telemetryEnabled: false,
      authType: 'custom',
      provider: { authenticate: async () => ({ Authorization: await way.authorization(verified(agent)) }) },
    });
    agent = verified(await (await client.getConnectionProvider()).getAgent(), way.ca);
    const until = Date.now() + options.startSeconds * 1000;
    for (;;) {
      try {
        const session = await client.openSession({
          ...(options.catalog === undefined ? {} : { initialCatalog: options.catalog }),
          ...(options.schema === undefined ? {} : { initialSchema: options.schema }),
          configuration: { STATEMENT_TIMEOUT: String(options.timeoutSeconds) },
        });
        const opened = { client, session };
        await inUtc(opened);
        return opened;
      } catch (error) {
        if (!isStarting(error) || Date.now() + START_PAUSE * 1000 > until || stopWaiting.signal.aborted) {
          await client.close().catch(() => undefined);
          agent.destroy();
          throw error;
        }
        await wait(START_PAUSE * 1000, undefined, { signal: stopWaiting.signal }).catch(() => undefined);
      }
    }
  }

  /** Instants are written and read without a zone: the session has to be in UTC, whatever the warehouse is set to. */
  async function inUtc(opened: Opened): Promise<void> {
    await rowsOf(await execute(opened, ["SET TIME ZONE 'UTC'"]));
    const [row] = await rowsOf(await execute(opened, ['SELECT current_timezone() AS zone']));
    if (row?.[0] !== 'UTC' && row?.[0] !== 'Etc/UTC')
      throw new SourceError('source-query-failed', `${way.label} does not let the session be in UTC`, {
        hint: "SET TIME ZONE 'UTC' has to be allowed to the principal",
      });
  }

  async function signedIn(doing: string): Promise<Opened> {
    opening ??= open();
    const mine = opening;
    try {
      return await mine;
    } catch (error) {
      if (opening === mine) opening = undefined;
      throw translateDatabricks(error, 'connect', doing, way.label);
    }
  }

  async function execute({ session }: Opened, statement: Statement): Promise<Operation> {
    const { text, values } = render(statement, (n) => `:p${n}`);
    const operation = await session.executeStatement(text, {
      useCloudFetch: false,
      maxRows: PART,
      namedParameters: Object.fromEntries(
        values.map((value, at) => [`p${at + 1}`, typeof value === 'number' ? value : String(value)]),
      ),
    });
    working.add(operation);
    return operation;
  }

  async function ended(operation: Operation, how: 'close' | 'cancel'): Promise<void> {
    working.delete(operation);
    await orLate(operation[how](), PARTING_SECONDS).catch(() => undefined);
  }

  async function rowsOf(operation: Operation): Promise<Cell[][]> {
    try {
      const rows: Cell[][] = [];
      do
        rows.push(
          ...(await operation.fetchChunk({ maxRows: PART, disableBuffering: true })).map((row) =>
            cellsOf(row as Named),
          ),
        );
      while (await operation.hasMoreRows());
      return rows;
    } finally {
      await ended(operation, 'close');
    }
  }

  /** What a failure means; after one that ends the session the next statement opens another. */
  async function failure(error: unknown, doing: string, opened: Opened): Promise<SourceError> {
    const translated = translateDatabricks(error, 'query', doing, way.label);
    if (translated.code === 'source-interrupted' && (await opening?.catch(() => undefined)) === opened) {
      opening = undefined;
      left(opened).catch(() => undefined);
    }
    return translated;
  }

  async function* stream(statement: Statement, doing: string, signal: AbortSignal): AsyncGenerator<Cell[][], void> {
    if (signal.aborted) return;
    const opened = await signedIn(doing);
    let operation: Operation | undefined;
    let isRead = false;
    const giveUp = (): void => {
      if (operation !== undefined) void ended(operation, 'cancel');
    };
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      operation = await execute(opened, statement);
      do {
        if (signal.aborted) return;
        const part = await operation.fetchChunk({ maxRows: PART, disableBuffering: true });
        if (part.length > 0) yield part.map((row) => cellsOf(row as Named));
      } while (await operation.hasMoreRows());
      isRead = true;
    } catch (error) {
      if (signal.aborted) return;
      throw await failure(error, doing, opened);
    } finally {
      signal.removeEventListener('abort', giveUp);
      if (operation !== undefined) await ended(operation, isRead ? 'close' : 'cancel');
    }
  }

  return {
    stream,
    run: async (statement, doing) => {
      const opened = await signedIn(doing);
      try {
        return await rowsOf(await execute(opened, statement));
      } catch (error) {
        throw await failure(error, doing, opened);
      }
    },
    close: async () => {
      stopWaiting.abort();
      const opened = await opening?.catch(() => undefined);
      opening = undefined;
      await Promise.all([...working].map((operation) => ended(operation, 'cancel')));
      if (opened !== undefined) await orLate(left(opened), PARTING_SECONDS).catch(() => undefined);
    },
  };
}

/** The client's rows are maps in the order of the columns. */
function cellsOf(row: Named): Cell[] {
  return Object.values(row);
}

/**
 * The client trusts any certificate (`rejectUnauthorized: false`, seen in 1.17.0): a token would go to whoever stands in between. Its agent is
 * told to check, before the first request; one that cannot be told is not used.
 */
function verified(agent: unknown, ca?: string): Agent {
  if (!(agent instanceof Agent))
    throw new SourceError('source-tls', 'this version of @databricks/sql does not let its certificates be checked', {
      hint: 'npm i @databricks/sql@1.17.0',
    });
  agent.options.rejectUnauthorized = true;
  if (ca !== undefined) agent.options.ca = ca;
  return agent;
}

async function left({ client, session }: Opened): Promise<void> {
  const agent = await (await client.getConnectionProvider()).getAgent();
  try {
    await session.close();
    await client.close();
  } finally {
    if (agent instanceof Agent) agent.destroy();
  }
}
