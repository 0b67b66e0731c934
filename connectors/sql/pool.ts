import knex, { type Knex } from 'knex';
import { SourceError } from '../connector.ts';

/** When a driver's error happened: no connection could be made, or a statement was on its way. */
export type Phase = 'connect' | 'query';

export type Translate = (error: unknown, phase: Phase, doing: string) => SourceError;

/** Seconds until a server that does not answer is given up. */
export const connectTimeoutSeconds = 10;

/**
 * Connections of one source, pooled by knex; `Connection` is the driver's own.
 *
 * Statements go to the driver's query call, not through knex.raw: knex.raw takes every `?` of its text for a placeholder
 * and has no way to write `\?`, and the author's `where` or `query` may hold both.
 */
export type Pool<Connection> = {
  /** Lends a connection to `use`. Every error comes out translated. */
  readonly with: <T>(doing: string, use: (connection: Connection) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

/** How a connection is made and ended, where knex's own way loses what the server said. */
export type Wire<Connection> = {
  readonly connect: () => Promise<Connection>;
  readonly disconnect: (connection: Connection) => Promise<void>;
};

/** `prepare` runs on each new connection before its first use: read-only, UTC. If it fails, the connection is not used. */
export function openPool<Connection>(
  config: Knex.Config & { readonly size: number },
  prepare: (connection: Connection) => Promise<void>,
  translate: Translate,
  wire?: Wire<Connection>,
): Pool<Connection> {
  const { size, ...knexConfig } = config;
  const database = knex({
    ...knexConfig,
    pool: {
      min: 0,
      max: size,
      afterCreate: (connection: Connection, done: (error: unknown, connection: Connection) => void) => {
        prepare(connection).then(
          () => done(null, connection),
          (error: unknown) => done(error, connection),
        );
      },
    },
    acquireConnectionTimeout: (connectTimeoutSeconds + 5) * 1000,
    compileSqlOnError: false,
    // A connector never logs. What goes wrong is thrown.
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  });
  const client = database.client as {
    acquireConnection(): Promise<Connection>;
    releaseConnection(connection: Connection): Promise<void>;
    acquireRawConnection(): Promise<Connection>;
    destroyRawConnection(connection: Connection): Promise<void>;
  };
  if (wire !== undefined) {
    client.acquireRawConnection = wire.connect;
    client.destroyRawConnection = wire.disconnect;
  }

  async function lend<T>(doing: string, use: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await client.acquireConnection().catch((error: unknown) => {
      throw translate(error, 'connect', doing);
    });
    try {
      return await use(connection);
    } catch (error) {
      const failure = error instanceof SourceError ? error : translate(error, 'query', doing);
      // The socket may close a moment after the server said so; until then the pool would lend the connection again.
      if (failure.code === 'source-interrupted') Object.assign(connection as object, { __knex__disposed: failure });
      throw failure;
    } finally {
      await client.releaseConnection(connection);
    }
  }

  return { with: lend, close: () => database.destroy() };
}
