// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
/**
 * What breaks outside of the files (those are in test/fixtures/broken): sources, destinations, state, rows and command lines. What the program
 * prints for each is held by test/fixtures/broken-outside/expected.txt; UPDATE_BROKEN=1 writes it anew, and then it is to be read.
 */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { freshMysql, freshPostgres, queryMysql, queryPostgres } from '../support/databases-fresh.ts';

const GOLDEN = join(import.meta.dirname, '../fixtures/broken-outside/expected.txt');
const SECRETS = ['canary-password', 'canary-token', 'canary-person'];

type Case = {
  readonly connection?: string;
  readonly source?: string;
  readonly event?: string;
  readonly destination?: string;
  readonly state?: string;
  readonly args: readonly string[];
};

const folder = mkdtempSync(join(tmpdir(), 'capi-sync-outside-'));
let sandbox: Sandbox;
let plain: Server;
let plainPort: number;
let [postgres, mysql] = ['', ''];
const printed = new Map<string, string>();

const TABLE = (time: string): string =>
  `CREATE TABLE orders (id INT PRIMARY KEY, email VARCHAR(80), total VARCHAR(20), currency VARCHAR(8), paid_at ${time}, weight REAL, updated_at ${time})`;

beforeAll(async () => {
  inject('postgresUrl');
  sandbox = await startSandbox({ token: 'the-only-token' });
  plain = createServer((_, response) => response.end('<html>a proxy</html>')).listen(0, '127.0.0.1');
  await new Promise((done) => plain.once('listening', done));
  plainPort = (plain.address() as AddressInfo).port;
  postgres = await freshPostgres('outside');
  await queryPostgres(
    postgres,
    TABLE('TIMESTAMP'),
    'CREATE TABLE with_null AS SELECT 1 AS id, NULL::timestamp AS updated_at, NULL::timestamp AS paid_at, 1::text AS total, 1::text AS currency, 1::text AS email',
  );
  mysql = await freshMysql('outside');
  await queryMysql(mysql, TABLE('DATETIME'));
  const db = new Database(join(folder, 'shop.db'));
  db.exec(TABLE('TEXT'));
  const insert = db.prepare("INSERT INTO orders VALUES (?, ?, ?, ?, ?, 1.5, datetime('now', '-1 hour'))");
  const now = new Date(Date.now() - 3_600_000).toISOString();
  insert.run(1, 'canary-person@example.com', 'nineteen', 'eur', now);
  insert.run(2, 'canary-person@example.com', '19.90', 'EURO', now);
  insert.run(3, 'canary-person@example.com', '19.90', 'eur', null);
  insert.run(4, 'canary-person@example.com', '19.90', 'eur', 'yesterday');
  insert.run(5, null, '19.90', 'eur', now);
  insert.run(6, 'canary-person@example.com', '19.90', 'eur', '2019-01-01T00:00:00Z');
  insert.run(7, 'canary-person@example.com', '19.90', 'eur', '2199-01-01T00:00:00Z');
  insert.run(8, 'canary-person@example.com', null, 'eur', now);
  insert.run(9, 'canary-person@example.com', '19.90', null, now);
  insert.run(10, 'no address', '19.90', 'eur', now);
  db.close();
  writeFileSync(
    join(folder, 'text.db'),
    'this is no database, but it is long enough to look like one to nobody '.repeat(40),
  );
  writeFileSync(join(folder, 'a-file'), '');
}, 180_000);
afterAll(async () => {
  await sandbox.close();
  plain.close();
  rmSync(folder, { recursive: true, force: true });
});

const SQLITE = 'connector: sqlite, filename: ../shop.db';
const PG = 'connector: postgres, url: "${PG_URL}"';
const MY = 'connector: mysql, url: "${MY_URL}"';
const preview = ['preview', 'orders'] as const;
const sendTest = ['send-test'] as const;

/** Made late: ports and URLs are known only then. */
const cases = (): Readonly<Record<string, Case>> => ({
  'postgres: nobody listens': { connection: `${PG}, port: 1`, args: preview },
  'postgres: no such host': {
    connection: 'connector: postgres, host: db.invalid, database: shop, user: reader',
    args: preview,
  },
  'postgres: wrong password': { connection: `${PG}, user: nobody, password: "\${PASSWORD}"`, args: preview },
  'postgres: no such database': {
    connection: `${PG}, database: nowhere`,
    args: preview,
  },
  'postgres: TLS to a server without': { connection: `${PG}, tls: verify`, args: preview },
  'postgres: the table is gone': { connection: PG, source: 'table: ordrs', args: preview },
  'postgres: the column is gone': { connection: PG, event: 'email: =emial', args: preview },
  'postgres: the cursor is gone': {
    connection: PG,
    source: 'table: orders, cursor: { column: changed_at }',
    args: preview,
  },
  'postgres: a cursor that is no order': {
    connection: PG,
    source: 'table: orders, cursor: { column: weight }',
    args: preview,
  },
  'postgres: a cursor without a zone': {
    connection: PG,
    source: 'table: orders, timezone: null',
    args: preview,
  },
  'postgres: rows without a cursor': {
    connection: PG,
    source: 'table: with_null',
    args: preview,
  },
  'postgres: a query that the server refuses': {
    connection: PG,
    source: 'query: "SELEC * FROM orders"',
    args: preview,
  },
  'postgres: a condition that the server refuses': {
    connection: PG,
    source: 'table: orders, where: "total >"',
    args: preview,
  },
  'mysql: nobody listens': { connection: `${MY}, port: 1`, args: preview },
  'mysql: wrong password': { connection: `${MY}, user: nobody, password: "\${PASSWORD}"`, args: preview },
  'mysql: the table is gone': { connection: MY, source: 'table: ordrs', args: preview },
  'sqlite: no such file': { connection: 'connector: sqlite, filename: ../none.db', args: preview },
  'sqlite: no database': { connection: 'connector: sqlite, filename: ../text.db', args: preview },
  'sqlite: a folder': { connection: 'connector: sqlite, filename: ..', args: preview },
  'destination: the token is refused': { destination: `base_url: "${sandbox.url}"`, args: sendTest },
  'destination: nobody listens': { destination: 'base_url: "http://127.0.0.1:1"', args: sendTest },
  'destination: no such host': { destination: 'base_url: "https://graph.invalid"', args: sendTest },
  'destination: TLS to a plain port': { destination: `base_url: "https://127.0.0.1:${plainPort}"`, args: sendTest },
  'destination: a proxy answers': { destination: `base_url: "http://127.0.0.1:${plainPort}"`, args: sendTest },
  'state: a file where a folder belongs': { state: 'filename: ../a-file/state.db', args: ['run'] },
  'state: no database': { state: 'filename: ../text.db', args: ['run'] },
  'state: none yet': { args: ['status'] },
  'state: no server': { state: 'client: postgres, url: "postgres://127.0.0.1:1/state"', args: ['status'] },
  'row: the amount is no number': { args: ['explain', 'orders', '--key', '1'] },
  'row: no currency of that name': { args: ['explain', 'orders', '--key', '2'] },
  'row: no time': { args: ['explain', 'orders', '--key', '3'] },
  'row: a time that nobody can read': { args: ['explain', 'orders', '--key', '4'] },
  'row: nobody to match': { args: ['explain', 'orders', '--key', '5'] },
  'row: too old': { args: ['explain', 'orders', '--key', '6'] },
  'row: in the future': { args: ['explain', 'orders', '--key', '7'] },
  'row: no value': { args: ['explain', 'orders', '--key', '8'] },
  'row: no currency': { args: ['explain', 'orders', '--key', '9'] },
  'row: no address': { args: ['explain', 'orders', '--key', '10'] },
  'row: none with this key': { args: ['explain', 'orders', '--key', '99'] },
  'usage: no such mapping': { args: ['preview', 'ordres'] },
  'usage: no such command': { args: ['privew'] },
  'usage: no such option': { args: ['run', '--limitt', '5'] },
  'usage: no number': { args: ['preview', 'orders', '--limit', 'many'] },
  'usage: a key of two columns': { args: ['explain', 'orders', '--key', '1', '--key', '2'] },
  'usage: compared with nothing': { args: ['plan', '--against', 'no-such-revision'] },
  'usage: no database': { args: ['init', '--from', 'oracle://user:canary-password@host/db', '--dir', folder] },
});

let made = 0;
const project = ({
  connection = SQLITE,
  source = 'table: orders',
  event = 'email: =email',
  destination = 'base_url: "http://127.0.0.1:1"',
  state = 'filename: state.db',
}: Case): string => {
  made += 1;
  const dir = join(folder, `project-${made}`);
  mkdirSync(join(dir, 'mappings'), { recursive: true });
  writeFileSync(
    join(dir, '.env'),
    `PASSWORD=canary-password\nTOKEN=canary-token\nPG_URL=${postgres}\nMY_URL=${mysql}\n`,
  );
  writeFileSync(
    join(dir, 'config.yaml'),
    `version: 1\nstate: { ${state} }\nconnections: { shop: { ${connection} } }\ndestinations: { main: { dataset_id: "1234567890", access_token: "\${TOKEN}", ${destination} } }\n`,
  );
  const given = [
    'connection: shop',
    'primary_key: id',
    ...(source.includes('timezone') ? [] : ['timezone: UTC']),
    ...(source.includes('cursor') ? [] : ['cursor: { column: updated_at }']),
    source.replace(', timezone: null', ''),
  ];
  writeFileSync(
    join(dir, 'mappings/orders.yaml'),
    `version: 1\nname: orders\nsource: { ${given.join(', ')} }\nevent:\n  event_name: Purchase\n  event_time: =paid_at\n  action_source: system_generated\n  user_data: { em: ${event.replace('email: ', '')} }\n  custom_data: { value: =total, currency: =currency }\n`,
  );
  return join(dir, 'config.yaml');
};

/** Ports, folders and hashes differ from run to run. */
const steady = (text: string): string =>
  text
    .replaceAll(folder, '<folder>')
    .replaceAll('EAI_AGAIN', 'ENOTFOUND')
    .replaceAll(/project-\d+/g, 'project')
    .replaceAll(/((?:127\.0\.0\.1|localhost|::1|\[::1\]):)\d+/g, '$1<port>')
    .replaceAll(/\b[0-9a-f]{32,64}\b/g, '<hash>')
    .replaceAll(/\/tmp\/[\w./-]+/g, '<path>')
    .replaceAll(/\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}\S*/g, '<time>')
    .replaceAll(/\b\d+h \d+m\b|\b\d+d \d+h\b|\b\d+m \d+s\b/g, '<age>')
    .trimEnd();

const run = async (each: Case): Promise<{ text: string; code: number }> => {
  const config = project(each);
  let [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
    out += String(part);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((part) => {
    err += String(part);
    return true;
  });
  const code = await main(['-c', config, ...each.args]).finally(() => vi.restoreAllMocks());
  // Of an explanation the verdict is what is asked for here.
  const said = each.args[0] === 'explain' && err === '' ? out.split('\n\n')[0] : err === '' ? out : err;
  return { text: steady(said ?? ''), code };
};

describe('what breaks outside of the files', () => {
  it('is at least thirty things, and with the files more than sixty', () => {
    expect(Object.keys(cases()).length).toBeGreaterThanOrEqual(40);
  });

  it('each has a message that names place, cause and cure; none shows a stack, a secret or a person', {
    timeout: 120_000,
  }, async () => {
    for (const [name, each] of Object.entries(cases())) {
      const { text, code } = await run(each);
      printed.set(name, `${text}\nexit ${code}`);
      if (each.args[0] !== 'explain') expect(code, name).not.toBe(0);
      expect(text, name).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
      expect(text, name).not.toMatch(/undefined|\[object|TypeError|internal/);
      for (const secret of SECRETS) expect(text, name).not.toContain(secret);
    }
    const all = [...printed].map(([name, text]) => `## ${name}\n${text}\n`).join('\n');
    if (process.env.UPDATE_BROKEN || !existsSync(GOLDEN)) {
      mkdirSync(join(GOLDEN, '..'), { recursive: true });
      writeFileSync(GOLDEN, all);
    }
    expect(all).toBe(readFileSync(GOLDEN, 'utf8'));
  });
});
