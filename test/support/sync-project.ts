/** A project as a user would have it, in a folder of its own: an SQLite shop, config.yaml, one mapping. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type CliOptions, type CliResult, type RunningCli, runCli, startCli } from './built-cli.ts';

export const MAPPING = 'orders';
export const DATASET = '1234567890123456';
export const TOKEN = 'EAAtestTokenOfTheLocalSandbox';

/** A row of `orders`. Times are UTC as SQLite's own datetime() writes them. */
export type OrderRow = {
  readonly id: number;
  readonly order_no: string;
  readonly email: string | null;
  readonly total: string | null;
  readonly currency: string | null;
  readonly consent: string | null;
  readonly paid_at: string;
  readonly updated_at: string;
};

export type RunJson = {
  readonly mapping: string;
  readonly status: 'succeeded' | 'completed_with_rejections' | 'failed' | 'skipped_busy';
  readonly read: number;
  readonly sent: number;
  readonly duplicate: number;
  readonly filtered: number;
  readonly rejected: number;
  readonly expired: number;
  readonly batches: number;
  readonly requests: number;
  readonly retries: number;
  readonly in_doubt_resent: number;
  readonly checkpoint: { readonly cursor: string; readonly key: readonly string[] } | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
};

export type DeadLetterJson = {
  readonly key: readonly string[];
  readonly origin: 'local' | 'meta';
  readonly code: string;
  readonly field: string | null;
  readonly meta_code: number | null;
  readonly meta_subcode: number | null;
};

export type SyncProject = {
  readonly dir: string;
  readonly stateFile: string;
  readonly insert: (rows: readonly OrderRow[]) => void;
  /** Any statement on the shop. */
  readonly sql: (text: string, ...values: readonly (string | number | null)[]) => void;
  readonly rows: () => OrderRow[];
  /** Forgets all state: the next run is a first run. */
  readonly dropState: () => void;
  readonly cli: (args: readonly string[], options?: CliOptions) => Promise<CliResult>;
  readonly startCli: (args: readonly string[], options?: CliOptions) => RunningCli;
  /** `run --json`, to its end. */
  readonly run: (options?: CliOptions) => Promise<{ readonly exit: CliResult; readonly run: RunJson }>;
  readonly deadLetters: () => Promise<readonly DeadLetterJson[]>;
  readonly remove: () => void;
};

export type ProjectOptions = {
  readonly baseUrl: string;
  /** Batches in flight. */
  readonly concurrency?: number;
  /** Of one request, such as `1s`. */
  readonly timeout?: string;
};

const configOf = ({ baseUrl, concurrency = 4, timeout = '30s' }: ProjectOptions): string => `version: 1
state: { filename: .capi-sync/state.db }
connections:
  shop: { connector: sqlite, filename: shop.db }
destinations:
  main:
    dataset_id: "${DATASET}"
    access_token: \${META_ACCESS_TOKEN}
    base_url: ${baseUrl}
    concurrency: ${concurrency}
    timeout: ${timeout}
mappings: [mappings/*.yaml]
`;

/** The event_id is the default one, made of the primary key: two rows of one order are two ids, so that a doubled order shows. */
const mappingText = `version: 1
name: ${MAPPING}
source:
  connection: shop
  table: orders
  primary_key: id
  timezone: UTC
  cursor: { column: updated_at, start: 30d, lag: 0s, lookback: 10m }
destination: main
consent: { require: =consent == "granted" }
event:
  event_name: Purchase
  event_time: =paid_at
  action_source: system_generated
  user_data: { em: =email }
  custom_data: { value: =total, currency: =currency, order_id: =order_no }
dedup: { key: order_id, window: 28d }
`;

const COLUMNS = ['id', 'order_no', 'email', 'total', 'currency', 'consent', 'paid_at', 'updated_at'] as const;

/** `2026-11-20 10:00:00`, UTC. */
export const sqlTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

const HOUR = 3_600_000;

/** A good order, paid and updated some hours ago; the higher the id the newer. What is given replaces what is good. */
export const goodOrder = (id: number, change: Partial<OrderRow> = {}): OrderRow => {
  const at = sqlTime(Date.now() - 48 * HOUR + id * 1000);
  return {
    id,
    order_no: `A-${100_000 + id}`,
    email: `buyer${id}@example.com`,
    total: `${(id % 900) + 1}.50`,
    currency: 'EUR',
    consent: 'granted',
    paid_at: at,
    updated_at: at,
    ...change,
  };
};

export const goodOrders = (count: number, from = 1): OrderRow[] =>
  Array.from({ length: count }, (_, n) => goodOrder(from + n));

export const makeProject = (options: ProjectOptions): SyncProject => {
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-test-'));
  mkdirSync(join(dir, 'mappings'));
  writeFileSync(join(dir, 'config.yaml'), configOf(options));
  writeFileSync(join(dir, 'mappings/orders.yaml'), mappingText);
  const stateFile = join(dir, '.capi-sync/state.db');

  const inShop = <T>(work: (db: Database.Database) => T): T => {
    const db = new Database(join(dir, 'shop.db'));
    try {
      return work(db);
    } finally {
      db.close();
    }
  };
  inShop((db) =>
    db.exec(`CREATE TABLE orders (id INTEGER PRIMARY KEY, order_no TEXT NOT NULL, email TEXT, total TEXT, currency TEXT, consent TEXT,
      paid_at TEXT NOT NULL, updated_at TEXT NOT NULL);
      CREATE INDEX orders_by_update ON orders (updated_at, id);`),
  );

  const withDefaults = ({ env, ...rest }: CliOptions = {}): CliOptions => ({
    cwd: dir,
    ...rest,
    env: { META_ACCESS_TOKEN: TOKEN, ...env },
  });
  const cli = (args: readonly string[], more?: CliOptions): Promise<CliResult> => runCli(args, withDefaults(more));

  return {
    dir,
    stateFile,
    insert: (rows) =>
      inShop((db) => {
        const insert = db.prepare(
          `INSERT INTO orders (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map((name) => `@${name}`).join(', ')})`,
        );
        db.transaction(() => {
          for (const row of rows) insert.run(row);
        })();
      }),
    sql: (text, ...values) => void inShop((db) => db.prepare(text).run(...values)),
    rows: () => inShop((db) => db.prepare('SELECT * FROM orders ORDER BY updated_at, id').all() as OrderRow[]),
    dropState: () => rmSync(join(dir, '.capi-sync'), { recursive: true, force: true }),
    cli,
    startCli: (args, more) => startCli(args, withDefaults(more)),
    run: async (more) => {
      const exit = await cli(['run', '--json'], more);
      return { exit, run: runOf(exit) };
    },
    deadLetters: async () => {
      const { stdout } = await cli(['dead-letters', 'list', '--limit', '1000000', '--json']);
      return (JSON.parse(stdout) as { dead_letters: DeadLetterJson[] }).dead_letters;
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
};

/** The one run in the document that `run --json` printed. */
export const runOf = ({ code, stdout, stderr }: CliResult): RunJson => {
  try {
    return (JSON.parse(stdout) as { runs: [RunJson] }).runs[0];
  } catch {
    throw new Error(`no run document (exit ${code}): ${stdout}${stderr}`);
  }
};

/** What became of the rows that a run read. */
export type Outcomes = Pick<RunJson, 'read' | 'sent' | 'duplicate' | 'filtered' | 'rejected' | 'expired'>;

/** Must be `read` of every run: each row that was read has exactly one outcome. */
export const outcomes = ({ sent, duplicate, filtered, rejected, expired }: Outcomes): number =>
  sent + duplicate + filtered + rejected + expired;
