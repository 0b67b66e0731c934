// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
/** `plan` over a shop that was really synced: what a change of its files would do, before it is deployed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PlanOptions, plan } from '../../src/cli/commands/plan.ts';
import { run } from '../../src/cli/commands/run.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { type CommandResult, runCommand } from '../support/run-command.ts';

const MAPPING = `version: 1
name: orders
description: paid orders
source:
  connection: shop
  table: orders
  primary_key: id
  timezone: UTC
  cursor: { column: updated_at, lag: 0s }
filter: =status == "paid"
event:
  event_name: Purchase
  event_time: =paid_at
  event_id: ="order-" + string(id)
  action_source: system_generated
  user_data: { em: =email, client_ip_address: =ip }
  custom_data: { value: =total, currency: eur, order_id: =order_no }
`;
const CANARIES = ['canary', '198.51.100', 'NO-'];

let folder: string;
let sandbox: Sandbox;
const config = (): string => join(folder, 'config.yaml');
const mapping = (): string => join(folder, 'mappings/orders.yaml');
const git = (...args: string[]): void =>
  void execFileSync(
    'git',
    ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false', ...args],
    { cwd: folder, stdio: 'pipe' },
  );

type Planned = {
  readonly change: string;
  readonly file: readonly object[];
  readonly checkpoint: { readonly kind: string };
  readonly events: { readonly keys: readonly object[]; readonly outcomes: readonly object[] };
  readonly error: object | null;
};

const planned = async (
  options: Partial<PlanOptions> = {},
): Promise<{ exit: number; mappings: Planned[]; all: string }> => {
  const given = { limit: 200, source: true, ...options };
  const json = await runCommand(config(), (context) => plan(context, [], given), { json: true });
  return { exit: json.exit, mappings: JSON.parse(json.out).mappings, all: json.out };
};
const shown = (options: Partial<PlanOptions> = {}): Promise<CommandResult> =>
  runCommand(config(), (context) => plan(context, [], { limit: 200, source: true, ...options }));

beforeAll(async () => {
  sandbox = await startSandbox();
  folder = mkdtempSync(join(tmpdir(), 'capi-sync-plan-test-'));
  mkdirSync(join(folder, 'mappings'));
  writeFileSync(join(folder, '.env'), 'META_ACCESS_TOKEN=a-token-of-the-sandbox\n');
  writeFileSync(
    config(),
    `version: 1
connections: { shop: { connector: sqlite, filename: shop.db } }
destinations: { main: { dataset_id: "1234567890", access_token: "\${META_ACCESS_TOKEN}", base_url: "${sandbox.url}" } }
`,
  );
  writeFileSync(mapping(), MAPPING);
  const db = new Database(join(folder, 'shop.db'));
  const at = (minutes: number): string =>
    new Date(Date.now() - minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
  db.exec(
    'CREATE TABLE orders (id INTEGER PRIMARY KEY, order_no TEXT, status TEXT, email TEXT, ip TEXT, total TEXT, net TEXT, paid_at TEXT, updated_at TEXT NOT NULL)',
  );
  const insert = db.prepare('INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  for (let id = 1; id <= 30; id += 1)
    insert.run(
      id,
      `NO-${id}`,
      id <= 20 ? 'paid' : 'open',
      `canary${id}@example.com`,
      `198.51.100.${id}`,
      `${id}.50`,
      `${id}.25`,
      at(90 - id),
      at(60 - id),
    );
  db.close();
  git('init', '-q', '-b', 'main');
  git('add', 'config.yaml', 'mappings');
  git('commit', '-q', '-m', 'first');
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => writeFileSync(mapping(), MAPPING));

describe('before the first run', () => {
  it('says what a first run reads, and compares with a revision of git', async () => {
    const { exit, out } = await shown({ detailedExitcode: true });
    expect(exit).toBe(2);
    expect(out).toMatch(/\+ orders {2}added/);
    expect(out).toMatch(/none yet; the first run reads from cursor\.start on \(7d\): 30 rows/);
    expect(out).toContain('There is no state yet');
    const { mappings } = await planned({ against: 'HEAD' });
    expect(mappings[0]).toMatchObject({ change: 'unchanged', file: [], events: { rows: 30, same: 30, sent_again: 0 } });
  });
});

describe('after a run', () => {
  beforeAll(async () => {
    writeFileSync(mapping(), MAPPING);
    const ran = await runCommand(config(), (context) => run(context, [], {}), { json: true });
    expect(JSON.parse(ran.out).runs[0]).toMatchObject({ sent: 20, filtered: 10 });
  });

  it('has nothing to say where nothing changed, with or without something to compare with', async () => {
    for (const against of [undefined, 'HEAD', folder]) {
      const options = against === undefined ? {} : { against };
      const { exit, out } = await shown({ detailedExitcode: true, ...options });
      expect(out).toMatch(/^plan: 0 to add, 0 to change, 0 to remove, 1 as they are/);
      expect(exit).toBe(0);
    }
  });

  it('shows changed bytes key by key, masked, and that nothing is sent again for them', async () => {
    writeFileSync(
      mapping(),
      MAPPING.replace('=total', '=net')
        .replace('em: =email', 'em: =lower(email) + "x"')
        .replace('=ip ', '=string(id) + ".1.1.1" '),
    );
    const { exit, mappings, all } = await planned({ against: 'HEAD', detailedExitcode: true });
    expect(exit).toBe(2);
    const { change, file, checkpoint, events } = mappings[0]!;
    expect([change, checkpoint.kind]).toEqual(['changed', 'fits']);
    expect(file).toContainEqual({ path: 'event.custom_data.value', before: '"=total"', after: '"=net"' });
    expect(events).toMatchObject({ rows: 30, same: 10, changed: 20, new_ids: 0, new_keys: 0, sent_again: 0 });
    expect(events.keys).toEqual(
      expect.arrayContaining([
        { path: 'user_data.em', rows: 20, before: 'a hash', after: 'a hash' },
        { path: 'custom_data.value', rows: 20, before: '1.5', after: '1.25' },
      ]),
    );
    const text = (await shown({ against: 'HEAD' })).out;
    expect(text).toMatch(/custom_data\.value, 20 rows: 1\.5 → 1\.25/);
    expect(text).toMatch(/~ event\.custom_data\.value: "=total" → "=net"/);
    for (const canary of CANARIES) expect(all + text).not.toContain(canary);
  });

  it('counts rows that were sent and would be sent again under another key', async () => {
    writeFileSync(mapping(), MAPPING.replace('order_id: =order_no', 'order_id: ="web-" + order_no'));
    const { mappings } = await planned({ against: 'HEAD' });
    expect(mappings[0]!.events).toMatchObject({ changed: 20, new_ids: 0, new_keys: 20, sent_again: 20 });
    const { out } = await shown({ against: 'HEAD' });
    expect(out).toContain('20 rows of the samples that were sent would be sent again');
  });

  it('says of a changed filter that the checkpoint stops the run, and which rows become events', async () => {
    writeFileSync(mapping(), MAPPING.replace('"paid"', '"open"'));
    const { mappings } = await planned({ against: 'HEAD' });
    expect(mappings[0]!.checkpoint).toMatchObject({
      kind: 'mismatch',
      text: expect.stringContaining('checkpoint reset orders'),
    });
    expect(mappings[0]!.events.outcomes).toEqual([
      { before: 'an event', after: 'filtered: filter', rows: 20 },
      { before: 'filtered: filter', after: 'an event', rows: 10 },
    ]);
    expect(await shown()).toMatchObject({ exit: 0, out: expect.stringContaining('1 checkpoint would not fit') });
  });

  it('knows a renamed mapping by what it reads, and that its ledger begins anew', async () => {
    writeFileSync(mapping(), MAPPING.replace('name: orders', 'name: purchases'));
    const { mappings } = await planned({ against: 'HEAD' });
    expect(mappings).toMatchObject([
      {
        mapping: 'purchases',
        change: 'added',
        renamed_from: 'orders',
        checkpoint: { kind: 'none' },
        events: { sent_again: 20 },
      },
      { mapping: 'orders', change: 'removed', checkpoint: { kind: 'left-behind' } },
    ]);
    const { out } = await shown({ against: 'HEAD' });
    expect(out).toMatch(/ledger +begins anew under this name: it does not know what orders sent/);
  });

  it('says what it cannot find out, and goes on', async () => {
    writeFileSync(mapping(), MAPPING.replace('=total', '=totl'));
    const { exit, mappings } = await planned({ against: 'HEAD' });
    expect(exit).toBe(1);
    expect(mappings[0]!.error).toMatchObject({ code: 'mapping-mismatch', hint: 'did you mean "total"?' });
    expect((await planned({ against: 'HEAD', source: false })).mappings[0]).toMatchObject({
      change: 'changed',
      events: null,
      error: null,
    });
    await expect(planned({ against: 'no-such-revision' })).rejects.toMatchObject({ code: 'plan-against' });
    await expect(planned({ against: '--upload-pack=x' })).rejects.toMatchObject({ code: 'plan-against' });
  });

  it('changes nothing: neither files nor state', async () => {
    const before = [readFileSync(mapping(), 'utf8'), sandbox.stats().requests];
    await shown({ against: 'HEAD' });
    expect([readFileSync(mapping(), 'utf8'), sandbox.stats().requests]).toEqual(before);
    const again = await runCommand(config(), (context) => run(context, [], {}), { json: true });
    expect(JSON.parse(again.out).runs[0]).toMatchObject({ sent: 0, rejected: 0 });
  });
});
