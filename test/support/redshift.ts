/**
 * A stand-in for Redshift: a real PostgreSQL with the system views, types and functions that Redshift has beyond it, behind a listener that refuses
 * statements in which something stands that Redshift lacks. Written from Redshift's documentation; what Redshift does otherwise is not seen here.
 */
import { once } from 'node:events';
import { createServer, connect as openSocket, type Socket } from 'node:net';
import { freshPostgres, queryPostgres } from './databases-fresh.ts';

export type Redshift = {
  /** Through the listener. */
  readonly url: string;
  /** Statements as Redshift takes them, as an administrator: SORTKEY, DISTKEY, DISTSTYLE and SUPER are understood. Gives the rows of the last. */
  readonly execute: (...statements: string[]) => Promise<Record<string, unknown>[]>;
  /** Every statement that came, in this order. */
  readonly statements: readonly string[];
  /** Bytes that went to clients. */
  readonly sent: () => number;
  /** Ends every connection that is open. */
  readonly cut: () => void;
  readonly stop: () => Promise<void>;
};

/** What PostgreSQL has and Redshift, by its list of unsupported features, has not; or has on its leader node alone, where no table is. */
const lacking: readonly RegExp[] = [
  /\bunnest\s*\(/i,
  /\bLATERAL\b/i,
  /\bWITH\s+ORDINALITY\b/i,
  /\bROWS\s+FROM\b/i,
  /\b(json|jsonb|array|string)_agg\b/i,
  /\bjsonb?\b/i,
  /::\s*reg\w+/i,
  /\bmake_interval\b/i,
  /\b(statement|clock)_timestamp\b/i,
  /\bpg_(is_in_recovery|stat_activity|index|has_role|last_xact)\b/i,
  /\bSET\s+SESSION\s+CHARACTERISTICS\b/i,
  /\b(standard_conforming_strings|bytea_output|intervalstyle)\b/i,
  /\bFILTER\s*\(/i,
  /\bTABLESAMPLE\b/i,
  /\bDISTINCT\s+ON\b/i,
  /\b(ON\s+CONFLICT|RETURNING)\b/i,
  /\b(CREATE|DROP)\s+(UNIQUE\s+)?INDEX\b/i,
  /\bbytea\b/i,
  /\bgenerate_series\b/i,
  /\b\w+range\b/i,
  /\)\s*(>|>=|<|<=)\s*\((?!SELECT)\s*(CAST|\$)/i, // Rows compared as a whole.
];

/** What is in quotes is data or a name. */
const bare = (statement: string): string => statement.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, '""');

const dressing = [
  'SET allow_system_table_mods = on',
  ...ownType('super', 4000, 'text'),
  ...ownType('varbyte', 6551, 'bytea'),
  ...ownType('hllsketch', 2935, 'text'),
  'CREATE CAST (varbyte AS bytea) WITHOUT FUNCTION AS IMPLICIT',
  'CREATE CAST (bytea AS varbyte) WITHOUT FUNCTION',
  "CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp STABLE LANGUAGE sql AS $$ SELECT date_trunc('second', clock_timestamp() AT TIME ZONE current_setting('timezone')) $$",
  "CREATE FUNCTION pg_catalog.to_hex(varbyte) RETURNS varchar IMMUTABLE LANGUAGE sql AS $$ SELECT encode($1::bytea, 'hex')::varchar $$",
  "CREATE FUNCTION pg_catalog.from_hex(varchar) RETURNS varbyte IMMUTABLE LANGUAGE sql AS $$ SELECT decode($1, 'hex')::varbyte $$",
  'CREATE FUNCTION pg_catalog.json_parse(varchar) RETURNS super IMMUTABLE LANGUAGE sql AS $$ SELECT super_in(textout($1::text)) $$',
  "CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text STABLE LANGUAGE sql AS $$ SELECT 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.77467' $$",
  `CREATE VIEW pg_catalog.svv_tables AS SELECT table_catalog, table_schema, table_name,
     CASE table_type WHEN 'FOREIGN' THEN 'EXTERNAL TABLE' ELSE table_type::varchar END AS table_type, NULL::varchar AS remarks FROM information_schema.tables`,
  `CREATE VIEW pg_catalog.svv_columns AS SELECT table_catalog, table_schema, table_name, column_name, ordinal_position, column_default, is_nullable, data_type
     FROM information_schema.columns`,
  'CREATE TABLE pg_catalog.capi_sort_keys (relation text, "column" text, at int)',
  'GRANT SELECT ON pg_catalog.svv_tables, pg_catalog.svv_columns, pg_catalog.capi_sort_keys TO PUBLIC',
  `CREATE VIEW pg_catalog.pg_table_def AS SELECT n.nspname AS schemaname, c.relname AS tablename, a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS type,
     'none'::varchar AS encoding, false AS distkey, coalesce(k.at, 0) AS sortkey, a.attnotnull AS "notnull"
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.capi_sort_keys k ON k.relation = n.nspname || '.' || c.relname AND k."column" = a.attname
    WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname = ANY (current_schemas(false))`,
  'GRANT SELECT ON pg_catalog.pg_table_def TO PUBLIC',
];

/** A type under the number that it has in Redshift, by which a client tells it. */
function ownType(name: string, number: number, like: string): string[] {
  return [
    `CREATE TYPE pg_catalog.${name}`,
    `CREATE FUNCTION pg_catalog.${name}_in(cstring) RETURNS ${name} AS '${like}in' LANGUAGE internal IMMUTABLE STRICT`,
    `CREATE FUNCTION pg_catalog.${name}_out(${name}) RETURNS cstring AS '${like}out' LANGUAGE internal IMMUTABLE STRICT`,
    `CREATE TYPE pg_catalog.${name} (INPUT = ${name}_in, OUTPUT = ${name}_out, LIKE = ${like})`,
    `UPDATE pg_catalog.pg_type SET typelem = ${number} WHERE typname = '_${name}'`,
    `UPDATE pg_catalog.pg_proc SET prorettype = ${number} WHERE proname = '${name}_in'`,
    `UPDATE pg_catalog.pg_proc SET proargtypes = '${number}' WHERE proname = '${name}_out'`,
    `UPDATE pg_catalog.pg_type SET oid = ${number} WHERE typname = '${name}'`,
  ];
}

/** @param database made anew */
export async function startRedshift(database: string): Promise<Redshift> {
  const behind = await freshPostgres(database);
  // Each on a connection of its own: the number of a type is looked up again.
  for (const statement of dressing) await queryPostgres(behind, 'SET allow_system_table_mods = on', statement);
  const { hostname, port } = new URL(behind);
  const statements: string[] = [];
  const sockets = new Set<Socket>();
  let sent = 0;
  const server = createServer((client) => {
    const upstream = openSocket(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.on('data', (bytes: Buffer) => {
      sent += bytes.length;
    });
    upstream.pipe(client);
    relay(client, upstream, statements);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = new URL(behind);
  url.protocol = 'redshift:';
  url.port = String(typeof address === 'object' ? address?.port : 0);
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.toString(),
    execute: (...all) => queryPostgres(behind, "SET timezone TO 'UTC'", ...all.flatMap((one) => asPostgres(one))),
    statements,
    sent: () => sent,
    cut,
    stop: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The messages of a client, statement by statement; the first has no kind. */
function relay(client: Socket, upstream: Socket, statements: string[]): void {
  let rest = Buffer.alloc(0);
  let isStarted = false;
  client.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    for (;;) {
      const head = isStarted ? 1 : 0;
      if (rest.length < head + 4) return;
      const length = head + rest.readInt32BE(head);
      if (rest.length < length) return;
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      const kind = isStarted ? String.fromCharCode(message[0] ?? 0) : '';
      isStarted = true;
      upstream.write(kind === 'Q' || kind === 'P' ? checked(kind, message, statements) : message);
    }
  });
}

function checked(kind: 'Q' | 'P', message: Buffer, statements: string[]): Buffer {
  const from = kind === 'Q' ? 5 : message.indexOf(0, 5) + 1; // A prepared one begins with its name.
  const to = message.indexOf(0, from);
  const statement = message.subarray(from, to).toString();
  statements.push(statement);
  const found = lacking.find((pattern) => pattern.test(bare(statement)));
  const text =
    found === undefined
      ? statement.replace(/^SET query_group TO/, 'SET application_name TO')
      : `redshift_has_no "${found.source.replaceAll('"', '')}"`;
  const body = Buffer.concat([message.subarray(5, from), Buffer.from(text), message.subarray(to)]);
  const head = Buffer.alloc(5);
  head.write(kind, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** A statement as PostgreSQL takes it, and what it says of the sort key as a row that `pg_table_def` shows. */
function asPostgres(statement: string): string[] {
  const table = /(?:CREATE|ALTER) TABLE (\S+)/i.exec(statement)?.[1]?.replaceAll('"', '') ?? '';
  const relation = table.includes('.') ? table : `public.${table}`;
  const [, interleaved, columns] = /\b(INTERLEAVED\s+)?SORTKEY\s*\(([^)]*)\)/i.exec(statement) ?? [];
  const keys = (columns ?? '')
    .split(',')
    .map((name) => name.trim().replaceAll('"', ''))
    .filter((name) => name !== '');
  const rows = keys.map((name, n) => `('${relation}', '${name}', ${(n + 1) * (interleaved === undefined ? 1 : -1)})`);
  const plain = statement
    .replace(/\bDISTSTYLE\s+\w+/i, '')
    .replace(/\bDISTKEY\s*\([^)]*\)/i, '')
    .replace(/\b(COMPOUND\s+|INTERLEAVED\s+)?SORTKEY\s*\([^)]*\)/i, '')
    .replaceAll(/\bGETDATE\(\)/gi, 'getdate()');
  return [
    ...(/^\s*ALTER TABLE \S+ ALTER\s*;?\s*$/i.test(plain) ? [] : [plain]),
    ...(rows.length === 0
      ? []
      : [
          'SET allow_system_table_mods = on',
          `DELETE FROM pg_catalog.capi_sort_keys WHERE relation = '${relation}'`,
          `INSERT INTO pg_catalog.capi_sort_keys VALUES ${rows.join(', ')}`,
        ]),
  ];
}
