/** `explain` against what a run then does: verdicts and hashes must agree; and the command itself, as users have it. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { destinationOf, openProjectState, openSource, syncMappings } from '../../src/app.ts';
import { loadAll } from '../../src/cli/load.ts';
import type { Project } from '../../src/config/load-project.ts';
import { makeShop } from '../../src/demo/make-shop.ts';
import { openExplainer } from '../../src/explain/open-explainer.ts';
import type { ParsedMapping } from '../../src/mapping/compile-mapping.ts';
import { type SandboxEvent, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { ensureBuilt } from '../support/built-cli.ts';
import { openFarSide } from '../support/far-side.ts';
import { goodOrder, goodOrders, makeProject, type SyncProject, sqlTime, TOKEN } from '../support/sync-project.ts';

type Explained = Awaited<ReturnType<Awaited<ReturnType<typeof openExplainer>>>>;

describe('explain and run agree on the demo shop', () => {
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-explain-'));
  const arrived = new Map<string, SandboxEvent>();
  const letters = new Map<string, { code: string; field: string | undefined }>();
  const before = new Map<number, Explained>();
  const after = new Map<number, Explained>();
  let ids: number[] = [];
  let close: () => Promise<void>;
  let project: Project;
  let mapping: ParsedMapping;

  const explainAll = async (into: Map<number, Explained>): Promise<void> => {
    const source = await openSource(project, mapping);
    const state = await openProjectState(project);
    const datasetId = destinationOf(project, mapping).dataset_id;
    const explain = await openExplainer(mapping, { source, state, datasetId, now: Math.floor(Date.now() / 1000) });
    for (const id of ids) into.set(id, await explain([String(id)]));
    await source.close();
    await state.close();
  };

  beforeAll(async () => {
    const sandbox = await startSandbox({
      token: TOKEN,
      refuse: (event) => {
        arrived.set(String(event.event_id), event);
        return undefined;
      },
    });
    close = sandbox.close;
    makeShop(join(dir, 'shop.db'), Date.now());
    mkdirSync(join(dir, 'mappings'));
    cpSync(new URL('../../mappings/demo-shop.yaml', import.meta.url), join(dir, 'mappings/demo-shop.yaml'));
    writeFileSync(
      join(dir, 'config.yaml'),
      `version: 1
state: { filename: state.db }
connections: { shop: { connector: sqlite, filename: shop.db } }
destinations: { main: { dataset_id: "1234567890", access_token: "\${T}", base_url: "${sandbox.url}" } }
mappings: [mappings/*.yaml]
`,
    );
    writeFileSync(join(dir, '.env'), `T=${TOKEN}\n`);
    const loaded = await loadAll(join(dir, 'config.yaml'));
    project = loaded.project as Project;
    mapping = loaded.mappings[0] as ParsedMapping;
    const db = new Database(join(dir, 'shop.db'), { readonly: true });
    const all = (db.prepare('SELECT id FROM paid_orders ORDER BY id').all() as { id: number }[]).map(({ id }) => id);
    db.close();
    ids = fc.sample(fc.shuffledSubarray(all, { minLength: 400, maxLength: 400 }), { numRuns: 1 })[0] ?? [];
    await explainAll(before);
    const never = new AbortController().signal;
    await syncMappings(project, [mapping], { stop: never, abort: never, onProgress: () => undefined });
    const state = await openProjectState(project);
    for (const { rowKey, code, field } of await state.listDeadLetters(mapping.name, 100_000))
      letters.set(String(rowKey[0]), { code, field });
    await state.close();
    await explainAll(after);
  }, 120_000);

  afterAll(async () => {
    await close();
    rmSync(dir, { recursive: true });
  });

  it('on what is sent, rejected with which code, filtered and expired', () => {
    const outcomes = new Set<string>();
    for (const [id, { verdict, row }] of before) {
      outcomes.add(verdict.outcome);
      const event = arrived.get(eventIdOf(dir, id));
      const isSent = event !== undefined && row.mapped.kind === 'event';
      expect([id, verdict.outcome === 'sent'], verdict.text).toEqual([id, isSent]);
      expect([id, letters.get(String(id))?.code]).toEqual([
        id,
        verdict.outcome === 'rejected' ? verdict.code : undefined,
      ]);
    }
    expect([...outcomes]).toEqual(expect.arrayContaining(['sent', 'filtered', 'rejected', 'expired']));
  });

  it('on every hash and every key: an event holds what explain showed, no more and no less', () => {
    let compared = 0;
    for (const [id, { verdict, row }] of before) {
      const event = arrived.get(eventIdOf(dir, id));
      // Of several rows of one order only the first goes out; which that is, no single row can tell.
      if (verdict.outcome !== 'sent' || event === undefined || isRepeated(dir, id)) continue;
      const shown = row.matchKeys.filter((key) => key.verdict === 'sent');
      expect(Object.keys(event.user_data).sort()).toEqual([...new Set(shown.map(({ key }) => key))].sort());
      for (const { key, hash } of shown) if (hash !== null) expect([event.user_data[key]].flat()).toContain(hash);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(100);
  });

  it('afterwards: what went out is a duplicate of today, everything else stays what it was', () => {
    const today = new Date().toISOString().slice(0, 10);
    for (const [id, { verdict }] of after) {
      const first = before.get(id)?.verdict;
      if (first?.outcome === 'sent') expect(verdict.text).toBe(`duplicate: acknowledged on ${today}`);
      else expect([id, verdict.outcome, verdict.code]).toEqual([id, first?.outcome, first?.code]);
    }
  });
});

/** The mapping sends order_no as event_id. Some orders of the shop stand in several rows. */
const numbers = new Map<string, Map<number, string>>();
const numbersOf = (dir: string): Map<number, string> => {
  const known = numbers.get(dir);
  if (known) return known;
  const db = new Database(join(dir, 'shop.db'), { readonly: true });
  const rows = db.prepare('SELECT id, order_no FROM orders').all() as { id: number; order_no: string }[];
  db.close();
  const read = new Map(rows.map((row) => [row.id, row.order_no]));
  numbers.set(dir, read);
  return read;
};
const eventIdOf = (dir: string, id: number): string => numbersOf(dir).get(id) ?? '';
const isRepeated = (dir: string, id: number): boolean =>
  [...numbersOf(dir).values()].filter((number) => number === eventIdOf(dir, id)).length > 1;

describe('the command', () => {
  beforeAll(ensureBuilt, 180_000);

  const open = async (): Promise<SyncProject> => {
    const farSide = await openFarSide({ faults: [{ kind: 'refuse', order_id: 'A-100003', subcode: 2804016 }] });
    onTestFinished(farSide.close);
    const project = makeProject({ baseUrl: farSide.url });
    onTestFinished(project.remove);
    project.insert([...goodOrders(3), goodOrder(4, { consent: 'denied' }), goodOrder(5, { currency: null })]);
    return project;
  };
  const explain = async (project: SyncProject, ...args: string[]) => {
    const { code, stdout, stderr } = await project.cli(['explain', 'orders', ...args, '--json']);
    return { code, stderr, document: JSON.parse(stdout) };
  };
  const verdictOf = async (project: SyncProject, key: number) =>
    (await explain(project, '--key', String(key))).document.verdict;

  it('foretells a row before there is any state, and leaves none behind', async () => {
    const project = await open();
    const { code, document, stderr } = await explain(project, '--key', '2');
    expect([code, stderr]).toEqual([0, '']);
    expect(document).toMatchObject({
      mapping: 'orders',
      key: ['2'],
      consent: { source: '=consent == "granted"', verdict: 'true' },
      next_run: 'next-run',
      ledger: { dedup_by: 'order_id', acknowledged_on: null, dead_letter: null },
      verdict: { outcome: 'sent', text: 'would be sent' },
    });
    expect((await project.cli(['status'])).stderr).toContain('state-missing');
    expect(await verdictOf(project, 4)).toMatchObject({ outcome: 'filtered', text: 'filtered: consent' });
    expect(await verdictOf(project, 5)).toMatchObject({ outcome: 'rejected', code: 'currency-missing' });
  });

  it('knows afterwards what was sent and what Meta refused, and what lies behind the checkpoint', async () => {
    const project = await open();
    await project.run();
    expect(await verdictOf(project, 1)).toMatchObject({ outcome: 'duplicate' });
    expect(await verdictOf(project, 3)).toMatchObject({ outcome: 'refused' });
    expect(await verdictOf(project, 5)).toMatchObject({ outcome: 'rejected', code: 'currency-missing' });
    project.sql("UPDATE orders SET order_no = 'A-new' WHERE id = 3");
    expect(await verdictOf(project, 3)).toMatchObject({ outcome: 'sent' }); // within the lookback
    project.insert([goodOrder(6, { updated_at: sqlTime(Date.now() - 50 * 3_600_000) })]);
    expect(await verdictOf(project, 6)).toMatchObject({
      outcome: 'not_read',
      text: expect.stringContaining('checkpoint'),
    });
    project.insert([goodOrder(7, { updated_at: sqlTime(Date.now() + 3_600_000) })]);
    expect(await verdictOf(project, 7)).toMatchObject({
      outcome: 'not_read',
      text: expect.stringContaining('not yet'),
    });
    project.insert([
      goodOrder(8, { updated_at: sqlTime(Date.now() - 60_000), paid_at: sqlTime(Date.now() - 9 * 86_400_000) }),
    ]);
    expect(await verdictOf(project, 8)).toMatchObject({ outcome: 'expired' });
  });

  it('fits 80 and 120 columns, and shows no value of the row', async () => {
    const project = await open();
    project.sql("UPDATE orders SET email = 'Ada.Lovelace@Analytical.Example', total = '4711.25' WHERE id = 2");
    for (const COLUMNS of ['80', '120']) {
      const { stdout } = await project.cli(['explain', 'orders', '--key', '2'], { env: { COLUMNS } });
      const lines = stdout.split('\n').filter((line) => !line.includes('https://'));
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Number(COLUMNS));
      expect(stdout).toMatch(/^orders, row 2: would be sent$/m);
      expect(stdout).toMatch(/^ {2}SHA-256 +[0-9a-f]{64}$/m);
      for (const secret of ['Lovelace', 'lovelace', 'Analytical', '4711.25', 'A-100002'])
        expect(stdout).not.toContain(secret);
    }
  });

  it('says by an exit code and a sentence, without the key, that there is no such row or that the key has other columns', async () => {
    const project = await open();
    for (const key of ['4711', 'x', '', "1' OR '1'='1"]) {
      const { code, stderr, document } = await explain(project, '--key', key);
      expect([code, document.error.code]).toEqual([2, 'row-not-found']);
      if (key !== '') expect(stderr.replace('[row-not-found]', '').split('\n')[0]).not.toContain(key);
    }
    const two = await explain(project, '--key', '1', '--key', '2');
    expect([two.code, two.document.error.code]).toEqual([2, 'usage']);
    expect((await project.cli(['explain', 'orders'])).code).toBe(2);
    expect((await project.cli(['explain', 'nope', '--key', '1'])).code).toBe(2);
  });

  it('tells a row that the source condition leaves out from one that is not there, and takes keys of several columns', async () => {
    const project = await open();
    const file = join(project.dir, 'mappings/orders.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('primary_key: id', 'primary_key: [order_no, id]\n  where: id <> 2'));
    const found = await explain(project, '--key', 'A-100001', '--key', '1');
    expect(found.document).toMatchObject({ key: ['A-100001', '1'], verdict: { outcome: 'sent' } });
    const hidden = await explain(project, '--key', 'A-100002', '--key', '2');
    expect(hidden.document).toMatchObject({ next_run: 'where', verdict: { outcome: 'not_read' } });
    expect((await explain(project, '--key', 'A-100002', '--key', '1')).document.error.code).toBe('row-not-found');
  });
});

describe('the coverage of match keys', () => {
  beforeAll(ensureBuilt, 180_000);

  it('is in the run, in its record, in status and in preview, and named an estimate', async () => {
    const farSide = await openFarSide();
    onTestFinished(farSide.close);
    const project = makeProject({ baseUrl: farSide.url });
    onTestFinished(project.remove);
    project.insert([...goodOrders(8), goodOrder(9, { email: 'nobody' })]);
    project.sql('ALTER TABLE orders ADD COLUMN phone TEXT');
    const matchKeys = {
      events: 8,
      present: { em: 8 },
      dropped: { em: { 'invalid-email': 1 } },
      broad_only: 0,
      bands: { low: 0, medium: 8, good: 0, great: 0 },
      estimate: 'medium',
    };

    const preview = JSON.parse((await project.cli(['preview', 'orders', '--limit', '100', '--json'])).stdout);
    expect(preview).toMatchObject({
      match_keys: matchKeys,
      advice: [expect.stringContaining('ph: =phone'), expect.stringContaining('em loses 11%')],
    });
    const text = (await project.cli(['preview', 'orders', '--limit', '100'])).stdout;
    expect(text).toContain('match quality, an estimate: medium (events: 100% medium)');
    expect(text).toMatch(/^em +#{12} +100% +1 invalid-email$/m);

    const { run } = await project.run();
    expect(run).toMatchObject({ match_keys: matchKeys });
    await project.run(); // finds nothing new
    const status = JSON.parse((await project.cli(['status', '--json'])).stdout);
    expect(status.mappings[0].match_keys.estimate).toBe('medium');
    const { runs } = JSON.parse((await project.cli(['runs', 'orders', '--json'])).stdout);
    expect(runs.map((each: { id: number }) => each.id)).toEqual([2, 1]);
    expect(runs[1]).toMatchObject({
      mapping: 'orders',
      status: 'completed_with_rejections',
      read: 9,
      sent: 8,
      match_keys: matchKeys,
      error: null,
    });
  });

  it('runs lists the history, newest first, up to a limit, within 80 columns', async () => {
    const farSide = await openFarSide();
    onTestFinished(farSide.close);
    const project = makeProject({ baseUrl: farSide.url });
    onTestFinished(project.remove);
    expect((await project.cli(['runs'])).stderr).toContain('state-missing');
    project.insert(goodOrders(2));
    for (let n = 0; n < 3; n += 1) await project.run();
    const { stdout, code } = await project.cli(['runs', '--limit', '2']);
    const lines = stdout.trimEnd().split('\n');
    expect([code, lines.length]).toEqual([0, 3]);
    expect(lines[0]).toMatch(/^mapping +started UTC +status +read +sent/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect((await project.cli(['runs', 'nope'])).code).toBe(2);
  });
});
