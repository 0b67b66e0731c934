/** Checkpoints moved by hand, and how fresh a mapping is. By the program itself, on SQLite and the sandbox. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type CliResult, ensureBuilt } from '../support/built-cli.ts';
import { type FarSide, openFarSide } from '../support/far-side.ts';
import { goodOrder, makeProject, type SyncProject, sqlTime } from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

// biome-ignore lint/suspicious/noExplicitAny: each command has a document of its own, and the test says what it expects of it
type Answer = any;
type Bed = {
  readonly project: SyncProject;
  readonly farSide: FarSide;
  readonly cli: (...args: string[]) => Promise<CliResult>;
  readonly ask: (
    ...args: string[]
  ) => Promise<{ readonly code: number | null; readonly stderr: string; readonly document: Answer }>;
};

const MINUTE = 60_000;
/** Ten orders an hour apart, the newest ten hours old. */
const timeOf = (id: number): string => sqlTime(START - (20 - id) * 60 * MINUTE);
const START = Date.now();
const hourly = (id: number) => goodOrder(id, { paid_at: timeOf(id), updated_at: timeOf(id) });

const open = async (): Promise<Bed> => {
  const farSide = await openFarSide();
  onTestFinished(farSide.close);
  const project = makeProject({ baseUrl: farSide.url });
  onTestFinished(project.remove);
  project.insert(Array.from({ length: 10 }, (_, n) => hourly(n + 1)));
  const cli = (...args: string[]): Promise<CliResult> => project.cli(args);
  return {
    project,
    farSide,
    cli,
    ask: async (...args) => {
      const { code, stdout, stderr } = await cli(...args, '--json');
      try {
        return { code, stderr, document: JSON.parse(stdout) };
      } catch {
        throw new Error(`no document: ${stdout}${stderr}`);
      }
    },
  };
};
const synced = async (): Promise<Bed> => {
  const bed = await open();
  expect((await bed.project.run()).run).toMatchObject({ read: 10, sent: 10 });
  return bed;
};
const stands = async (bed: Bed): Promise<Answer> => (await bed.ask('checkpoint', 'show')).document.checkpoints[0];
const edit = ({ project }: Bed, from: string, to: string): void => {
  const file = join(project.dir, 'mappings/orders.yaml');
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
};

describe('checkpoint set', () => {
  it('lets the next run read from the cursor on, as it said before, and sends nothing twice', async () => {
    const bed = await synced();
    const said = await bed.ask('checkpoint', 'set', 'orders', '--cursor', timeOf(7), '--yes');
    expect(said.stderr).toContain('4 rows, instead of 0');
    expect(said.document).toMatchObject({ mapping: 'orders', rows: 4 });
    edit(bed, 'lookback: 10m', 'lookback: 0s');
    expect((await bed.project.run()).run).toMatchObject({ read: 4, sent: 0, duplicate: 4 });
    expect(bed.farSide.repeats()).toBe(0);
  });

  it('with a key begins after that row, exactly, and refuses a row that is not there', async () => {
    const bed = await synced();
    await bed.ask('checkpoint', 'set', 'orders', '--cursor', timeOf(7), '--key', '7', '--yes');
    expect(await stands(bed)).toMatchObject({ cursor: timeOf(7), key: ['7'] });
    edit(bed, 'lookback: 10m', 'lookback: 0s');
    expect((await bed.project.run()).run).toMatchObject({ read: 3 });
    for (const key of ['99', 'seven']) {
      const { code, document } = await bed.ask(
        'checkpoint',
        'set',
        'orders',
        '--cursor',
        timeOf(7),
        '--key',
        key,
        '--yes',
      );
      expect([code, document.error.code]).toEqual([2, 'row-not-found']);
    }
  });

  it('takes ISO text, and turns it into the text of the column', async () => {
    const bed = await synced();
    const iso = `${timeOf(7).replace(' ', 'T')}Z`;
    await bed.ask('checkpoint', 'set', 'orders', '--cursor', iso, '--yes');
    expect((await stands(bed)).cursor).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    edit(bed, 'lookback: 10m', 'lookback: 0s');
    expect((await bed.project.run()).run).toMatchObject({ read: 4 });
  });

  it('says how many rows would never be read when it goes forward', async () => {
    const bed = await open();
    await bed.cli('run', '--limit', '2');
    const { code, stderr } = await bed.cli('checkpoint', 'set', 'orders', '--cursor', timeOf(9));
    expect([code, stderr.replace(/\s+/g, ' ')]).toEqual([
      2,
      expect.stringContaining('6 rows in between would never be read'),
    ]);
    expect((await stands(bed)).key).toEqual(['2']);
  });

  it.each(['nonsense', '17', '2026-13-45 10:00:00', '2999-01-01T00:00:00Z'])('refuses %s', async (cursor) => {
    const bed = await synced();
    const before = await stands(bed);
    const { code, document } = await bed.ask('checkpoint', 'set', 'orders', '--cursor', cursor, '--yes');
    expect([code, document.error.code]).toEqual([2, 'cursor-value']);
    expect(await stands(bed)).toEqual(before);
  });

  it('takes digits, and nothing else, where the cursor is a number', async () => {
    const bed = await open();
    edit(
      bed,
      'cursor: { column: updated_at, start: 30d, lag: 0s, lookback: 10m }',
      'cursor: { column: id, start: 1, lookback: 0 }',
    );
    await bed.project.run();
    const bad = await bed.ask('checkpoint', 'set', 'orders', '--cursor', timeOf(7), '--yes');
    expect([bad.code, bad.document.error.code]).toEqual([2, 'cursor-value']);
    expect((await bed.ask('checkpoint', 'set', 'orders', '--cursor', '8', '--yes')).document).toMatchObject({
      rows: 3,
    });
    expect((await bed.project.run()).run).toMatchObject({ read: 3, duplicate: 3 });
  });
});

describe('checkpoint reset, export and import', () => {
  it('change nothing without --yes, and leave the ledger', async () => {
    const bed = await synced();
    const before = await stands(bed);
    const asked = await bed.cli('checkpoint', 'reset', 'orders');
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('10 rows, instead of 0')]);
    expect(await stands(bed)).toEqual(before);
    expect((await bed.ask('checkpoint', 'reset', 'orders', '--yes')).document).toEqual({
      mapping: 'orders',
      checkpoint: null,
      rows: 10,
    });
    expect(await stands(bed)).toBeUndefined();
    expect((await bed.project.run()).run).toMatchObject({ read: 10, sent: 0, duplicate: 10 });
  });

  it('carry a checkpoint to another state, and refuse one of another mapping', async () => {
    const bed = await synced();
    const file = join(bed.project.dir, 'checkpoints.json');
    const before = await stands(bed);
    writeFileSync(file, (await bed.cli('checkpoint', 'export')).stdout);
    bed.project.dropState();
    expect((await bed.cli('checkpoint', 'import', file)).code).toBe(2);
    expect((await bed.ask('checkpoint', 'import', file, '--yes')).document).toMatchObject({
      checkpoints: [{ mapping: 'orders', rows: 0 }],
    });
    const { updated_at: _, ...place } = before;
    expect(await stands(bed)).toMatchObject(place);
    edit(bed, 'lookback: 10m', 'lookback: 0s');
    expect((await bed.project.run()).run).toMatchObject({ read: 0 });
    edit(bed, 'destination: main', 'destination: main\nfilter: =total != "0"');
    const other = await bed.ask('checkpoint', 'import', file, '--yes');
    expect([other.code, other.document.error.code]).toEqual([3, 'checkpoint-mismatch']);
    for (const text of [
      '',
      '{}',
      '{"version":1,"checkpoints":[]}',
      '{"version":1,"checkpoints":[{"mapping":"orders"}]}',
    ]) {
      writeFileSync(file, text);
      expect((await bed.ask('checkpoint', 'import', file, '--yes')).document.error.code).toBe('checkpoint-file');
    }
  });
});

describe('checkpoint adopt', () => {
  it('goes on under a changed filter, where a run would stop and say so', async () => {
    const bed = await synced();
    edit(bed, 'destination: main', 'destination: main\nfilter: =total != "0"');
    bed.project.insert([hourly(11)]);
    const { exit, run } = await bed.project.run();
    expect([exit.code, run.error?.code]).toEqual([3, 'checkpoint-mismatch']);
    expect(run.error?.hint).toContain('checkpoint adopt orders');
    expect(run.error?.hint).toContain('cursor.start (30d)');
    const next = (await bed.ask('status')).document.mappings[0].next;
    expect(next).toContain('checkpoint adopt orders');
    expect((await bed.ask('checkpoint', 'adopt', 'orders', '--yes')).document).toMatchObject({ rows: 1 });
    expect((await bed.project.run()).run).toMatchObject({ status: 'succeeded', sent: 1 });
  });

  it('refuses a checkpoint that is no place in the source any more', async () => {
    const bed = await synced();
    const none = await bed.ask('checkpoint', 'adopt', 'orders', '--yes');
    expect(none.code).toBe(0); // fits already
    edit(bed, 'cursor: { column: updated_at, start: 30d, lag: 0s, lookback: 10m }', 'cursor: { column: id, start: 1 }');
    const { code, document } = await bed.ask('checkpoint', 'adopt', 'orders', '--yes');
    expect([code, document.error.code]).toEqual([3, 'checkpoint-unfit']);
    await bed.cli('checkpoint', 'reset', 'orders', '--yes');
    expect((await bed.ask('checkpoint', 'adopt', 'orders', '--yes')).document.error.code).toBe('no-checkpoint');
  });
});

describe('status', () => {
  /** As if every run so far had been so much earlier. */
  const ageRuns = ({ project }: Bed, hours: number): void => {
    const db = new Database(project.stateFile);
    db.prepare('UPDATE run SET started_at = started_at - ?, ended_at = ended_at - ?').run(hours * 3600, hours * 3600);
    db.close();
  };
  const freshness = async (bed: Bed, ...args: string[]): Promise<Answer> =>
    (await bed.ask('status', ...args)).document.mappings[0].freshness;

  it('holds the last sync against freshness.warn and freshness.alert, and exits with 0 all the same', async () => {
    const bed = await synced();
    edit(bed, 'destination: main', 'destination: main\nfreshness: { warn: 3h, alert: 30h }');
    expect(await freshness(bed)).toMatchObject({ level: 'ok', of: 'last-sync', band: 'within 1h', reason: null });
    ageRuns(bed, 1.5);
    expect(await freshness(bed)).toMatchObject({ level: 'ok', band: 'within 2h' });
    ageRuns(bed, 2);
    expect(await freshness(bed)).toMatchObject({
      level: 'warn',
      band: 'within 24h',
      reason: expect.stringContaining('3h'),
    });
    ageRuns(bed, 28);
    expect(await freshness(bed)).toMatchObject({
      level: 'alert',
      band: 'older',
      reason: expect.stringContaining('30h'),
    });
    const { code, stdout } = await bed.cli('status');
    expect(code).toBe(0);
    expect(stdout).toContain('orders: alert: rows may have waited for 31h 30m');
    expect(stdout).toContain('orders: next: capi-sync run orders');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('alerts before the edge of 7 days whatever the mapping says, and before 62 for a physical store', async () => {
    const bed = await synced();
    ageRuns(bed, 5 * 24);
    expect(await freshness(bed)).toMatchObject({ level: 'ok', limit_seconds: 7 * 86_400 });
    ageRuns(bed, 25);
    expect(await freshness(bed)).toMatchObject({ level: 'alert', reason: expect.stringContaining('less than a day') });
    edit(bed, 'action_source: system_generated', 'action_source: physical_store');
    expect(await freshness(bed)).toMatchObject({ level: 'ok', limit_seconds: 62 * 86_400 });
  });

  it('with --source tells how long the oldest unread row has waited, and how many there are', async () => {
    const bed = await synced();
    expect(await freshness(bed, '--source')).toMatchObject({ level: 'ok', of: 'nothing-waits' });
    edit(bed, 'destination: main', 'destination: main\nfreshness: { warn: 1h, alert: 24h }');
    bed.project.insert([hourly(12), hourly(14)]);
    const { document } = await bed.ask('status', '--source');
    expect(document.mappings[0]).toMatchObject({
      freshness: { level: 'warn', of: 'oldest-row', band: 'within 24h' },
      source: { rows: 2, error: null },
      next: 'capi-sync run orders',
    });
    expect(Math.abs(document.mappings[0].freshness.age_seconds - 8 * 3600)).toBeLessThan(600);
    await bed.project.run();
    expect(await freshness(bed, '--source')).toMatchObject({ level: 'ok', of: 'nothing-waits' });
  });

  it('is not made fresh by a run that failed, nor by a retry of dead letters', async () => {
    const bed = await open();
    bed.project.insert([goodOrder(50, { currency: null })]);
    await bed.project.run();
    ageRuns(bed, 5);
    await bed.cli('dead-letters', 'retry', 'orders', '--all');
    expect(await freshness(bed)).toMatchObject({ band: 'within 24h' });
    bed.farSide.setFaults([{ kind: 'expire-token' }]);
    bed.project.insert([hourly(12)]);
    expect((await bed.project.run()).run.status).toBe('failed');
    expect(await freshness(bed)).toMatchObject({ band: 'within 24h' });
    expect((await bed.ask('status')).document.mappings[0]).toMatchObject({
      dead_letters: 1,
      next: expect.stringContaining('mend'),
    });
  });

  it('says that a source cannot be asked, and shows the rest', async () => {
    const bed = await synced();
    bed.project.sql('ALTER TABLE orders RENAME TO gone');
    const { code, document } = await bed.ask('status', '--source');
    expect(code).toBe(0);
    expect(document.mappings[0]).toMatchObject({
      source: { rows: null, error: { code: 'unknown-table' } },
      freshness: { of: 'last-sync' },
    });
  });
});
