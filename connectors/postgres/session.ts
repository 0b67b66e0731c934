import type { Client, QueryConfig } from 'pg';
import type { Cell } from '../connector.ts';
import { loadDriver } from '../load-driver.ts';
import type { Run } from '../sql/dialect.ts';
import { connectTimeoutSeconds, openPool, type Pool } from '../sql/pool.ts';
import { keepAliveMs, type ServerAddress } from '../sql/server-options.ts';
import { render, type Statement } from '../sql/statement.ts';
import { translatePostgres } from './errors.ts';

/** A column of a result as the protocol describes it. */
export type ResultField = { readonly name: string; readonly dataTypeID: number; readonly dataTypeModifier: number };

export type Session = {
  readonly run: Run;
  /** The columns a statement would give. */
  readonly fields: (statement: Statement, doing: string) => Promise<readonly ResultField[]>;
  readonly close: () => Promise<void>;
};

/** The server's own text, whatever the type: nothing becomes a number or a Date. */
const asText = { getTypeParser: () => (text: unknown) => text };

export async function openSession(address: ServerAddress, size: number, timeoutSeconds: number): Promise<Session> {
  await loadDriver('pg');
  const pool: Pool<Client> = openPool<Client>(
    {
      client: 'pg',
      size,
      connection: {
        host: address.host,
        port: address.port,
        ...(address.user === undefined ? {} : { user: address.user }),
        ...(address.password === undefined ? {} : { password: address.password }),
        ...(address.database === undefined ? {} : { database: address.database }),
        ssl: address.tls ?? false,
        connectionTimeoutMillis: connectTimeoutSeconds * 1000,
        application_name: 'capi-sync',
        keepAlive: true,
        keepAliveInitialDelayMillis: keepAliveMs,
      },
    },
    async (client) => {
      await client.query(sessionSettings(timeoutSeconds));
    },
    (error, phase, doing) => translatePostgres(error, phase, doing, address.label),
  );

  async function query(
    statement: Statement,
    doing: string,
  ): Promise<{ rows: Cell[][]; fields: readonly ResultField[] }> {
    const { text, values } = render(statement, (n) => `$${n}`);
    // The extended protocol takes one statement only: a `;` in the author's text cannot start a second one.
    const config: QueryConfig & { rowMode: 'array'; queryMode: 'extended' } = {
      text,
      values,
      rowMode: 'array',
      queryMode: 'extended',
      types: asText,
    };
    return pool.with(doing, (client) => client.query<Cell[]>(config as never) as never);
  }

  return {
    run: async (statement, doing) => (await query(statement, doing)).rows,
    fields: async (statement, doing) => (await query(statement, doing)).fields,
    close: pool.close,
  };
}

/** Read-only and in UTC; text forms that do not depend on how the server or the role is set up. */
function sessionSettings(timeoutSeconds: number): string {
  return [
    'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY',
    "SET TIME ZONE 'UTC'",
    "SET datestyle = 'ISO, YMD'",
    "SET intervalstyle = 'iso_8601'",
    "SET bytea_output = 'hex'",
    'SET extra_float_digits = 1',
    'SET standard_conforming_strings = on',
    `SET statement_timeout = ${Math.round(timeoutSeconds * 1000)}`,
  ].join('; ');
}
