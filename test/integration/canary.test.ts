/**
 * No personal data and no secret leaves by any way but the events themselves. Every cell of the shop is a canary; every output of the
 * program, every file of its state and every request line and header is searched for each of them, in plain text, encoded and hashed.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import { type CliResult, ensureBuilt } from '../support/built-cli.ts';
import { type Canary, filesBelow, type Haystack, scanFor } from '../support/canary-scan.ts';
import { type FarSide, openFarSide } from '../support/far-side.ts';
import { openRecordingProxy, type RecordingProxy } from '../support/recording-proxy.ts';
import { makeProject, type SyncProject, sqlTime } from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

const TOKEN = 'EAAcanaryTokenQx71Vz93';
const DB_PASSWORD = 'canaryPasswordWq55Zt';

/** The cells of one row; a number keeps the rows apart. */
const cellsOf = (n: number) => ({
  order_no: `CanaryOrder-${n}-Xk`,
  email: `Canary.Mail${n}@Example-Canary.com`,
  phone: `+49 170 55${String(10_000 + n)}`,
  first_name: `Zyxcanaryfirst${'abcdefghij'[n % 10]}`,
  last_name: `Qwvcanarylast${'abcdefghij'[n % 10]}`,
  city: `Canarystadt Xq${'abcdefghij'[n % 10]}`,
  external: `CanaryExternal-${n}-Qp`,
  ip: `203.0.113.${50 + n}`,
  agent: `CanaryAgent/9.${n} (Xq)`,
  note: `canary-note-${n}-xw`,
  margin: `canary-margin-${n}-xw`,
  url: `https://canary-shop.example/thanks/${n}xw`,
  fbclid: `IwARcanaryClick${n}Xw88aQ`,
  total: '19.50',
  currency: 'EUR',
  paid_at: sqlTime(Date.now() - 3_600_000),
});
type Cells = ReturnType<typeof cellsOf>;

/** What goes wrong with which row: 3, 4, 5 are rejected here, 6 is refused by the far side. */
const ODD: Readonly<Record<number, Partial<Cells>>> = {
  3: { paid_at: 'canary-date-3-xw' },
  4: { currency: 'canary-currency-4-xw' },
  5: { total: 'canary-total-5-xw' },
  7: { email: 'canary-broken-mail-7-xw', phone: 'canary-phone-7-xw' },
};
const ROWS = Array.from({ length: 9 }, (_, n) => ({ id: n + 1, ...cellsOf(n + 1), ...ODD[n + 1] }));
const REFUSED: Fault = { kind: 'refuse', order_id: cellsOf(6).order_no };

const NORMAL: { readonly [column in keyof Cells]?: (value: string) => string } = {
  phone: (value) => value.replace(/\D/g, ''),
  city: (value) => value.toLowerCase().replace(/\s/g, ''),
};
const NO_CANARY: ReadonlySet<string> = new Set(['total', 'currency', 'paid_at']);

const CANARIES: readonly Canary[] = [
  { name: 'access token', value: TOKEN },
  { name: 'database password', value: DB_PASSWORD },
  ...ROWS.flatMap(({ id, ...cells }) =>
    (Object.entries(cells) as [keyof Cells, string][])
      .filter(([column, value]) => !NO_CANARY.has(column) || value.startsWith('canary'))
      .map(([column, value]): Canary => {
        const normal = NORMAL[column]?.(value);
        return { name: `${column} of row ${id}`, value, ...(normal === undefined ? {} : { normal }) };
      }),
  ),
];

const MAPPING = `version: 1
name: orders
source:
  connection: shop
  query: |
    SELECT id, order_no, email, phone, first_name, last_name, city, external, ip, agent, margin, url, fbclid, total, currency, paid_at, updated_at,
           CASE WHEN broken = 1 THEN json(note) ELSE note END AS note FROM orders
  primary_key: id
  timezone: UTC
  cursor: { column: updated_at, start: 30d, lag: 0s }
destination: main
filter: =note != "canary-note-9-xw"
event:
  event_name: Purchase
  event_time: =paid_at
  action_source: website
  event_source_url: =url
  user_data:
    em: =email
    ph: =phone
    fn: =first_name
    ln: =last_name
    ct: =city
    external_id: =external
    fbc: { fbclid: =fbclid, at: =updated_at }
    client_ip_address: =ip
    client_user_agent: =agent
  custom_data:
    value: =total
    currency: =currency
    order_id: =order_no
    custom_properties: { margin: =margin }
defaults: { country: de }
dedup: { key: order_id, window: 28d }
`;

const makeShop = (file: string): void => {
  const db = new Database(file);
  const columns = [...Object.keys(ROWS[0] ?? {}), 'updated_at', 'broken'];
  db.exec(
    `DROP TABLE orders; CREATE TABLE orders (${columns.map((name) => `${name} ${name === 'id' ? 'INTEGER PRIMARY KEY' : 'TEXT'}`).join(', ')});`,
  );
  const insert = db.prepare(
    `INSERT INTO orders (${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`,
  );
  for (const row of ROWS)
    insert.run({ ...row, updated_at: sqlTime(Date.now() - 1_800_000 + row.id * 1000), broken: 0 });
  db.close();
};

type Bed = {
  readonly project: SyncProject;
  readonly farSide: FarSide;
  readonly proxy: RecordingProxy;
  readonly home: string;
};

const open = async (faults: readonly Fault[] = [], token = TOKEN): Promise<Bed> => {
  const farSide = await openFarSide({ token, faults });
  const proxy = await openRecordingProxy(farSide.url);
  const project = makeProject({ baseUrl: proxy.url, timeout: '5s' });
  onTestFinished(async () => {
    project.remove();
    await proxy.close();
    await farSide.close();
  });
  const home = join(project.dir, 'home');
  for (const name of ['home', 'home/tmp']) mkdirSync(join(project.dir, name));
  writeFileSync(join(project.dir, 'mappings/orders.yaml'), MAPPING);
  makeShop(join(project.dir, 'shop.db'));
  return { project, farSide, proxy, home };
};

const envOf = ({ home }: Bed) => ({
  env: { META_ACCESS_TOKEN: TOKEN, DB_PASSWORD, HOME: home, TMPDIR: join(home, 'tmp') },
});
const cli = (bed: Bed, ...args: readonly string[]): Promise<CliResult> => bed.project.cli(args, envOf(bed));

const text = (where: string, content: string): Haystack => ({ where, bytes: Buffer.from(content) });

/** Everything that a command left to be read, besides the events. */
const traces = (bed: Bed, results: readonly CliResult[], { stdout = true } = {}): Haystack[] => [
  ...results.flatMap((result, n) => [
    ...(stdout ? [text(`stdout ${n}`, result.stdout)] : []),
    text(`stderr ${n}`, result.stderr),
  ]),
  ...filesBelow(join(bed.project.dir, '.capi-sync'), 'state/'),
  ...filesBelow(bed.home, 'home/'),
  ...bed.proxy
    .seen()
    .flatMap(({ url, headers: { authorization, ...headers } }) => [
      text('request line', url),
      text('request headers', JSON.stringify(headers)),
    ]),
];

const expectSilence = (bed: Bed, results: readonly CliResult[], options?: { stdout?: boolean }): void => {
  expect(scanFor(CANARIES, traces(bed, results, options))).toEqual([]);
  for (const { headers } of bed.proxy.seen())
    expect(headers.authorization === `Bearer ${TOKEN}`, 'the token is in the Authorization header').toBe(true);
};

/** The commands that show state, in both forms. */
const shown = async (bed: Bed): Promise<CliResult[]> => {
  const commands = [['status'], ['runs'], ['dead-letters', 'list'], ['checkpoint', 'show']];
  const results = await Promise.all(
    commands.flatMap((command) => [cli(bed, ...command), cli(bed, ...command, '--json')]),
  );
  for (const result of results) expect(result.code, result.stderr).toBe(0);
  return results;
};

describe('the scanner', () => {
  const planted: readonly (readonly [form: string, bytes: Buffer])[] = [
    ['plain', Buffer.from('error: no such user Canary.Mail1@Example-Canary.com!')],
    ['lower case', Buffer.from('canary.mail1@example-canary.com')],
    ['hex', Buffer.from(Buffer.from('xCanary.Mail1@Example-Canary.com').toString('hex'))],
    ['base64', Buffer.from(Buffer.from('{"a":"Canary.Mail1@Example-Canary.com"}').toString('base64'))],
    ['url-encoded', Buffer.from('?em=Canary.Mail1%40Example-Canary.com')],
    ['base64url', Buffer.from(Buffer.from('xyCanary.Mail1@Example-Canary.com').toString('base64url'))],
  ];
  it.each(planted)('finds a canary that is planted: %s', (_, bytes) => {
    const hits = scanFor(CANARIES, [{ where: 'here', bytes }]);
    expect(hits.length).toBeGreaterThan(0);
    expect(hits.every((hit) => hit.includes('email of row 1'))).toBe(true);
  });

  it('finds the hashes that the events carry: each is what Meta gets of the canary', async () => {
    const bed = await open();
    await cli(bed, 'run');
    const events = text('events', JSON.stringify(bed.farSide.events()));
    const hits = scanFor(CANARIES, [events]).filter((hit) => hit.includes('of row 1 ') && hit.includes('sha256'));
    for (const column of ['email', 'phone', 'first_name', 'last_name', 'city', 'external']) {
      expect(
        hits.some((hit) => hit.includes(`: ${column} of row 1 (sha256 of`)),
        `${column} in ${hits.join('\n')}`,
      ).toBe(true);
    }
    expect(scanFor(CANARIES, [events]).some((hit) => hit.includes('order_no of row 1 (plain)'))).toBe(true);
  });

  it('finds a canary in a file of the state', async () => {
    const bed = await open();
    await cli(bed, 'run');
    const db = new Database(bed.project.stateFile);
    db.prepare('UPDATE run SET error_message = ?').run(`bad address ${ROWS[0]?.email}`);
    db.close();
    expect(scanFor(CANARIES, traces(bed, []))).toContainEqual(
      expect.stringContaining('state.db: email of row 1 (plain)'),
    );
  });
});

describe('nothing personal and no secret is shown, logged or stored', () => {
  it('by validate, preview and a dry run', async () => {
    const bed = await open();
    const results = [
      await cli(bed, 'validate'),
      await cli(bed, 'validate', '--json'),
      await cli(bed, 'run', '--dry-run'),
      await cli(bed, 'run', '--dry-run', '--json'),
    ];
    expectSilence(bed, results);
    // What preview prints is for the person who asked; its stderr is not.
    const previews = [await cli(bed, 'preview', 'orders'), await cli(bed, 'preview', 'orders', '--json')];
    expect(previews.map(({ code }) => code)).toEqual([0, 0]);
    expectSilence(bed, previews, { stdout: false });
    const secrets = CANARIES.slice(0, 2);
    expect(
      scanFor(
        secrets,
        previews.map(({ stdout }) => text('stdout', stdout)),
      ),
    ).toEqual([]);
    expect(bed.proxy.seen()).toEqual([]);
  });

  it.each([[[]], [['--json']]])('by a run with rows that are rejected here and by the far side %j', async (flags) => {
    const bed = await open([REFUSED]);
    const exit = await cli(bed, 'run', ...flags);
    expect(exit.code, exit.stdout + exit.stderr).toBe(1);
    expect(bed.farSide.stats().eventsAccepted).toBe(4);
    expectSilence(bed, [exit, ...(await shown(bed)), await cli(bed, 'run', ...flags)]);
  });

  const failures: readonly (readonly [name: string, code: number, faults: readonly Fault[]])[] = [
    ['a token that expired', 5, [{ kind: 'expire-token' }]],
    ['throttling', 1, [{ kind: 'throttle', times: 2 }]],
    ['a missing permission', 5, [{ kind: 'permission' }]],
    ['an answer that is none', 1, [{ kind: 'garbage', stored: true }]],
    ['a systemic rejection', 1, [{ kind: 'refuse', share: 1 }]],
  ];
  it.each(failures)('by a run that meets %s', async (_, code, faults) => {
    const bed = await open(faults);
    const plain = await cli(bed, 'run');
    expect(plain.code, plain.stdout + plain.stderr).toBe(code);
    const status = await cli(bed, 'status');
    bed.project.dropState();
    bed.farSide.setFaults(faults);
    const json = await cli(bed, 'run', '--json');
    expect(json.code, json.stdout + json.stderr).toBe(code);
    expectSilence(bed, [plain, status, json, ...(await shown(bed))]);
  });

  it('by a far side that knows another token', async () => {
    const bed = await open([], 'EAAanotherToken');
    const exit = await cli(bed, 'run');
    expect(exit.code).toBe(5);
    expectSilence(bed, [exit, ...(await shown(bed))]);
  });

  it.each([[[]], [['--json']]])('by a source that fails while it is read %j', async (flags) => {
    const bed = await open();
    bed.project.sql('UPDATE orders SET broken = 1 WHERE id = 8');
    const exit = await cli(bed, 'run', ...flags);
    expect(exit.code, exit.stdout + exit.stderr).toBe(3);
    expectSilence(bed, [exit, ...(await shown(bed)), await cli(bed, 'run', ...flags)]);
  });

  it('by the service: its log, its metrics, its pages and what they are made of', async () => {
    const bed = await open([REFUSED]);
    const files = {
      config: join(bed.project.dir, 'config.yaml'),
      mapping: join(bed.project.dir, 'mappings/orders.yaml'),
    };
    writeFileSync(files.config, `${readFileSync(files.config, 'utf8')}server: { listen: "127.0.0.1:0" }\n`);
    writeFileSync(files.mapping, MAPPING.replace('name: orders', 'name: orders\nschedule: "* * * * * *"'));
    const running = bed.project.startCli(
      ['--json', '--log-format', 'json', '--log-level', 'debug', 'start'],
      envOf(bed),
    );
    onTestFinished(() => running.kill('SIGKILL'));
    const { url } = JSON.parse(await running.firstLine) as { url: string };
    for (let n = 0; bed.farSide.stats().eventsAccepted < 4 && n < 1500; n += 1) await wait(20);
    expect(bed.farSide.stats().eventsAccepted).toBe(4);
    // For what is shown of a run that ended.
    await wait(1500);
    const paths = ['metrics', 'livez', 'readyz', 'version', '', 'mappings/orders', 'nowhere'];
    const pages = await Promise.all(
      paths.map(async (path) => {
        const answer = await fetch(`${url}${path}`);
        return text(`page /${path}`, `${JSON.stringify([...answer.headers])}${await answer.text()}`);
      }),
    );
    running.kill('SIGTERM');
    const exit = await running.ended;
    expect(exit.stderr.length).toBeGreaterThan(100);
    expect(scanFor(CANARIES, pages)).toEqual([]);
    expectSilence(bed, [exit]);
  });

  it('by a process that is killed with events in flight', async () => {
    const bed = await open([{ kind: 'slow', ms: 10_000 }]);
    const running = bed.project.startCli(['run'], envOf(bed));
    for (let n = 0; bed.farSide.stats().requests === 0 && n < 1000; n += 1) await wait(10);
    running.kill('SIGKILL');
    const exit = await running.ended;
    expect(exit.signal).toBe('SIGKILL');
    expectSilence(bed, [exit]);
    expectSilence(bed, await shown(bed));
  });

  it('by a database that cannot be reached or does not let us in, whatever its URL holds', async () => {
    const bed = await open();
    writeFileSync(
      join(bed.project.dir, 'config.yaml'),
      `version: 1
connections:
  shop: { connector: postgres, url: "postgres://reader:\${DB_PASSWORD}@127.0.0.1:1/shop" }
destinations:
  main: { dataset_id: "1234567890123456", access_token: "\${META_ACCESS_TOKEN}", base_url: "${bed.proxy.url}" }
`,
    );
    const results = [
      await cli(bed, 'run'),
      await cli(bed, 'run', '--json'),
      await cli(bed, 'preview', 'orders'),
      await cli(bed, 'validate', '--json'),
    ];
    expect(
      results.slice(0, 3).map(({ code }) => code),
      results.map(({ stderr, stdout }) => stdout + stderr).join('\n'),
    ).toEqual([4, 4, 4]);
    expectSilence(bed, results);
  });

  it('by mistakes in the files', async () => {
    const bed = await open();
    writeFileSync(
      join(bed.project.dir, 'mappings/orders.yaml'),
      MAPPING.replace('ph: =phone', 'ph: =phne').replace('em: =email', 'emm: =email'),
    );
    const results = [
      await cli(bed, 'validate'),
      await cli(bed, 'validate', '--json'),
      await cli(bed, 'run'),
      await cli(bed, 'run', '--json'),
    ];
    for (const { code } of results) expect(code).toBe(3);
    expectSilence(bed, results);
  });
});
