/** Rows that were refused: shown, tried again by hand and by time, dropped, exported. By the program itself, on SQLite and the sandbox. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import { type CliResult, ensureBuilt } from '../support/built-cli.ts';
import { type Canary, filesBelow, scanFor } from '../support/canary-scan.ts';
import { type FarSide, openFarSide } from '../support/far-side.ts';
import { goodOrder, goodOrders, makeProject, type SyncProject } from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

const REFUSED: Fault = { kind: 'refuse', order_id: 'A-100003', subcode: 2804016 };

type Bed = {
  readonly project: SyncProject;
  readonly farSide: FarSide;
  readonly letters: (...args: string[]) => Promise<CliResult>;
  /** With --json. */
  readonly ask: (...args: string[]) => Promise<{ readonly code: number | null; readonly document: Answer }>;
};
// biome-ignore lint/suspicious/noExplicitAny: each command has a document of its own, and the test says what it expects of it
type Answer = any;

/** Rows 1 to 3 and 6 to 8 are good; Meta refuses 3, and 4 and 5 have no currency. All were read once. */
const open = async (): Promise<Bed> => {
  const farSide = await openFarSide({ faults: [REFUSED] });
  onTestFinished(farSide.close);
  const project = makeProject({ baseUrl: farSide.url });
  onTestFinished(project.remove);
  project.insert([
    ...goodOrders(3),
    goodOrder(4, { currency: null }),
    goodOrder(5, { currency: null }),
    ...goodOrders(3, 6),
  ]);
  const { run } = await project.run();
  expect(run).toMatchObject({ read: 8, sent: 5, rejected: 3 });
  const letters = (...args: string[]): Promise<CliResult> => project.cli(['dead-letters', ...args]);
  return {
    project,
    farSide,
    letters,
    ask: async (...args) => {
      const { code, stdout, stderr } = await letters(...args, '--json');
      try {
        return { code, document: JSON.parse(stdout) };
      } catch {
        throw new Error(`no document: ${stdout}${stderr}`);
      }
    },
  };
};

const keysOf = async ({ project }: Bed): Promise<string[]> =>
  (await project.deadLetters()).map(({ key }) => key.join(',')).sort();
const arrived = ({ farSide }: Bed): string[] => [...farSide.arrivals().keys()].sort();
const checkpointOf = async ({ project }: Bed): Promise<string> =>
  (await project.cli(['checkpoint', 'show', '--json'])).stdout;

const inState = <T>({ project }: Bed, work: (db: Database.Database) => T): T => {
  const db = new Database(project.stateFile);
  try {
    return work(db);
  } finally {
    db.close();
  }
};
/** As if the rows had been refused so many hours ago. */
const ageLetters = (bed: Bed, hours: number): void =>
  void inState(bed, (db) =>
    db.prepare('UPDATE dead_letter SET first_at = first_at - ?, last_at = last_at - ?').run(hours * 3600, hours * 3600),
  );
const settings = ({ project }: Bed, text: string): void => {
  const file = join(project.dir, 'mappings/orders.yaml');
  writeFileSync(file, `${readFileSync(file, 'utf8')}\n${text}\n`);
};

describe('retry', () => {
  it('sends what was mended in the source, keeps what is refused again, and moves no checkpoint', async () => {
    const bed = await open();
    const before = await checkpointOf(bed);
    bed.project.sql("UPDATE orders SET currency = 'EUR' WHERE id = 4"); // its cursor does not move
    const { code, document } = await bed.ask('retry', 'orders', '--all');
    expect(code).toBe(1);
    expect(document).toMatchObject({
      mapping: 'orders',
      retried: 3,
      gone: 0,
      left: 2,
      run: { status: 'completed_with_rejections', read: 3, sent: 1, rejected: 2 },
    });
    expect(arrived(bed)).toContain('A-100004');
    expect(await keysOf(bed)).toEqual(['3', '5']);
    for (const { times } of (await bed.project.deadLetters()) as Answer[]) expect(times).toBe(2);
    expect(await checkpointOf(bed)).toBe(before);
  });

  it('sends a row once: a sync that comes by it later knows it', async () => {
    const bed = await open();
    bed.farSide.setFaults([]);
    bed.project.sql("UPDATE orders SET currency = 'EUR' WHERE id IN (4, 5)");
    expect((await bed.ask('retry', 'orders', '--all')).document).toMatchObject({ left: 0, run: { sent: 3 } });
    await bed.project.cli(['checkpoint', 'reset', 'orders', '--yes']);
    expect((await bed.project.run()).run).toMatchObject({ read: 8, sent: 0, duplicate: 8 });
    expect(bed.farSide.repeats()).toBe(0);
    expect(arrived(bed)).toHaveLength(8);
  });

  it('takes one row by its key, or those of a code, ours or of Meta, and no others', async () => {
    const bed = await open();
    bed.farSide.setFaults([]);
    bed.project.sql("UPDATE orders SET currency = 'EUR'");
    expect((await bed.ask('retry', 'orders', '--key', '5')).document).toMatchObject({ retried: 1, run: { sent: 1 } });
    expect(await keysOf(bed)).toEqual(['3', '4']);
    expect((await bed.ask('retry', 'orders', '--code', '2804016')).document).toMatchObject({
      retried: 1,
      run: { sent: 1 },
    });
    expect(await keysOf(bed)).toEqual(['4']);
    expect((await bed.ask('retry', 'orders', '--code', 'currency-missing')).document).toMatchObject({
      retried: 1,
      left: 0,
    });
    expect((await bed.ask('retry', 'orders', '--all')).document).toEqual({ mapping: 'orders', retried: 0, left: 0 });
  });

  it('ends the dead letter of a row that is not to be sent any more, and keeps that of a row that is gone', async () => {
    const bed = await open();
    bed.project.sql("UPDATE orders SET consent = 'denied' WHERE id = 4");
    bed.project.sql('DELETE FROM orders WHERE id = 5');
    const { document } = await bed.ask('retry', 'orders', '--code', 'currency-missing');
    expect(document).toMatchObject({ retried: 2, gone: 1, left: 2, run: { read: 1, filtered: 1, sent: 0 } });
    expect(await keysOf(bed)).toEqual(['3', '5']);
  });

  it('leaves every dead letter where it is when the token has expired', async () => {
    const bed = await open();
    bed.farSide.setFaults([{ kind: 'expire-token' }]);
    bed.project.sql("UPDATE orders SET currency = 'EUR' WHERE id = 4");
    const { code, document } = await bed.ask('retry', 'orders', '--all');
    expect([code, document.run.status, document.run.sent]).toEqual([5, 'failed', 0]);
    expect(await keysOf(bed)).toEqual(['3', '4', '5']);
  });

  it('refuses to guess which rows are meant', async () => {
    const bed = await open();
    for (const args of [[], ['--all', '--key', '3'], ['--all', '--code', 'x'], ['--key', '3', '--key', '4']])
      expect((await bed.ask('retry', 'orders', ...args)).code).toBe(2);
    const none = await bed.ask('retry', 'orders', '--key', '1');
    expect([none.code, none.document.error.code]).toEqual([2, 'dead-letter-not-found']);
  });
});

describe('a second chance in a run', () => {
  it('is given to a row that changed and is read again in the lookback', async () => {
    const bed = await open();
    bed.project.sql("UPDATE orders SET currency = 'EUR' WHERE id = 4");
    expect((await bed.project.run()).run).toMatchObject({ sent: 1, rejected: 0 });
    expect(await keysOf(bed)).toEqual(['3', '5']);
  });

  it('is given to a row that has not changed once in dead_letters.retry_after, and not before', async () => {
    const bed = await open();
    bed.farSide.setFaults([]); // what Meta refused it would take now
    expect((await bed.project.run()).run).toMatchObject({ sent: 0, rejected: 0 });
    ageLetters(bed, 23);
    expect((await bed.project.run()).run).toMatchObject({ sent: 0, rejected: 0 });
    ageLetters(bed, 1.1);
    const before = await checkpointOf(bed);
    expect((await bed.project.run()).run).toMatchObject({ sent: 1, rejected: 2 });
    expect(await keysOf(bed)).toEqual(['4', '5']);
    expect(await checkpointOf(bed)).toBe(before);
    expect((await bed.project.run()).run).toMatchObject({ sent: 0, rejected: 0 });
  });

  it('reaches rows far behind the lookback, and none with `never`', async () => {
    const bed = await open();
    bed.project.insert([goodOrder(9, { updated_at: goodOrder(5_000).updated_at })]);
    await bed.project.run();
    bed.project.sql("UPDATE orders SET currency = 'EUR' WHERE id = 4");
    expect((await bed.project.run()).run).toMatchObject({ read: 1, sent: 0 });
    ageLetters(bed, 25);
    settings(bed, 'dead_letters: { retry_after: never }');
    expect((await bed.project.run()).run).toMatchObject({ read: 1, sent: 0 });
    settings(bed, '');
    const file = join(bed.project.dir, 'mappings/orders.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('retry_after: never', 'retry_after: 24h'));
    expect((await bed.project.run()).run).toMatchObject({ read: 4, sent: 1, rejected: 2 });
  });

  it('ends with dead_letters.keep: older dead letters go', async () => {
    const bed = await open();
    ageLetters(bed, 63 * 24 - 1);
    settings(bed, 'dead_letters: { retry_after: never, keep: 63d }');
    await bed.project.run();
    expect(await keysOf(bed)).toHaveLength(3);
    ageLetters(bed, 2);
    await bed.project.run();
    expect(await keysOf(bed)).toEqual([]);
  });
});

describe('show, drop and export', () => {
  it('show says why, what cures it, when and how often', async () => {
    const bed = await open();
    const { code, document } = await bed.ask('show', 'orders', '--key', '4');
    expect(code).toBe(0);
    expect(document).toMatchObject({
      key: ['4'],
      code: 'currency-missing',
      field: 'custom_data.currency',
      times: 1,
      cure: expect.stringContaining('custom_data.currency'),
    });
    expect(document.next_try_at - document.last_at).toBe(24 * 3600);
    expect(document.kept_until - document.first_at).toBe(63 * 24 * 3600);
    const byMeta = await bed.ask('show', 'orders', '--key', '3');
    expect(byMeta.document).toMatchObject({
      origin: 'meta',
      meta_code: 100,
      meaning: expect.stringContaining('not hashed'),
    });
    expect((await bed.ask('show', 'orders', '--key', '1')).document.error.code).toBe('dead-letter-not-found');
  });

  it('list narrows to a code, and fits 80 columns', async () => {
    const bed = await open();
    expect((await bed.ask('list', '--code', 'refused-by-meta')).document).toMatchObject({
      total: 1,
      dead_letters: [{ key: ['3'] }],
    });
    expect((await bed.ask('list', 'orders', '--code', '100')).document.total).toBe(1);
    expect((await bed.ask('list', '--code', 'nothing')).document.total).toBe(0);
    for (const args of [['list'], ['list', 'orders'], ['show', 'orders', '--key', '4']]) {
      const { stdout } = await bed.letters(...args);
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    }
  });

  it('drop says what is lost, wants to be told so, and drops no other', async () => {
    const bed = await open();
    const asked = await bed.letters('drop', 'orders', '--code', 'currency-missing');
    expect([asked.code, asked.stdout]).toEqual([2, '']);
    expect(asked.stderr).toContain('2 dead letters would go');
    expect(asked.stderr).toContain('not-confirmed');
    expect(await keysOf(bed)).toEqual(['3', '4', '5']);
    expect((await bed.ask('drop', 'orders', '--code', 'currency-missing', '--yes')).document).toEqual({
      mapping: 'orders',
      dropped: 2,
      left: 1,
    });
    expect(await keysOf(bed)).toEqual(['3']);
    expect((await bed.ask('drop', 'orders', '--yes')).code).toBe(2);
    expect((await bed.ask('drop', 'orders', '--all', '--yes')).document).toMatchObject({ dropped: 1, left: 0 });
  });

  it('export writes a line for each, as JSON or CSV', async () => {
    const bed = await open();
    const lines = (await bed.letters('export')).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).key[0]).sort()).toEqual(['3', '4', '5']);
    const csv = (await bed.letters('export', 'orders', '--format', 'csv', '--code', 'refused-by-meta')).stdout;
    expect(csv.split('\n')[0]).toBe('mapping,key,code,field,origin,meta_code,meta_subcode,times,first_at,last_at');
    expect(csv.split('\n')[1]).toMatch(/^orders,3,refused-by-meta,,meta,100,2804016,1,\d{4}-.*Z,\d{4}-.*Z$/);
    expect((await bed.letters('export', '--format', 'xml')).code).toBe(2);
  });
});

it('no value of a row is in any of their outputs, nor in the state they leave', async () => {
  const bed = await open();
  bed.project.sql("UPDATE orders SET currency = 'canary-currency-xw' WHERE id = 4");
  const results = [
    await bed.letters('retry', 'orders', '--all'),
    await bed.letters('retry', 'orders', '--key', '4', '--json'),
    await bed.letters('list'),
    await bed.letters('show', 'orders', '--key', '4'),
    await bed.letters('show', 'orders', '--key', '3', '--json'),
    await bed.letters('export'),
    await bed.letters('export', '--format', 'csv'),
    await bed.letters('drop', 'orders', '--key', '4', '--yes'),
  ];
  const canaries: Canary[] = [
    { name: 'currency', value: 'canary-currency-xw' },
    ...bed.project.rows().flatMap((row) => [
      { name: `email of ${row.id}`, value: String(row.email) },
      { name: `order of ${row.id}`, value: row.order_no },
    ]),
  ];
  const said = results.map(({ stdout, stderr }, n) => ({ where: `output ${n}`, bytes: Buffer.from(stdout + stderr) }));
  expect(said.every(({ bytes }) => bytes.length > 0)).toBe(true);
  expect(scanFor(canaries, [...said, ...filesBelow(join(bed.project.dir, '.capi-sync'), 'state/')])).toEqual([]);
});
