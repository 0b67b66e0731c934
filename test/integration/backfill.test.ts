/** `run --since --until` and `--full` by the program's own parts, on each database: which rows exactly, and what is left when the process is killed. */
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Bed, mysqlBed, postgresBed, sqliteBed } from '../contract/source-beds.ts';
import { bedProject } from '../support/bed-project.ts';
import { ensureBuilt } from '../support/built-cli.ts';
import { openFarSide } from '../support/far-side.ts';
import { goodOrders, makeProject, outcomes, runOf, sqlTime } from '../support/sync-project.ts';

const BEDS: Record<string, () => Bed> = {
  sqlite: sqliteBed,
  postgres: () => postgresBed('backfill'),
  mysql: () => mysqlBed('backfill'),
};

describe.each(Object.keys(BEDS))('a backfill from %s', (name) => {
  const bed = (BEDS[name] as () => Bed)();
  /** Unix seconds, an hour ago: what is backfilled by its cursor may be young as an event. */
  const paid = Math.floor(Date.now() / 1000) - 3600;
  const zoneless = { sqlite: 'TEXT', postgres: 'timestamp', mysql: 'DATETIME(6)' }[name] as string;

  beforeAll(async () => {
    await bed.setUp();
    await bed.execute(
      `CREATE TABLE orders (id int PRIMARY KEY, paid bigint NOT NULL, at ${zoneless} NOT NULL)`,
      `CREATE TABLE folded (id int PRIMARY KEY, paid bigint NOT NULL, at ${zoneless} NOT NULL)`,
      'CREATE INDEX orders_at ON orders (at, id)',
    );
    return bed.tearDown;
  });

  it('holds its first microsecond and not its last, reads a boundary of slices once, and is remembered', async () => {
    const times = [
      '2026-10-09 23:59:59.999999',
      '2026-10-10 00:00:00.000000',
      '2026-10-10 00:00:00.000001',
      '2026-10-11 23:59:59.999999',
      '2026-10-12 00:00:00.000000',
      '2026-10-12 00:00:00.000001',
      '2026-10-12 23:59:59.999999',
      '2026-10-13 00:00:00.000000',
      '2026-10-13 00:00:00.000001',
    ];
    await bed.execute(
      `INSERT INTO orders VALUES ${times.map((at, n) => `(${n + 1}, ${paid}, '${at}')`).join(', ')}, (10, ${paid}, '2026-11-02 10:00:00.000000')`,
    );
    const { run, arrived, farSide } = await bedProject(
      bed,
      'table: orders, timezone: UTC, cursor: { column: at, start: 2026-11-01 }',
    );
    expect((await run()).counts).toMatchObject({ read: 1, sent: 1 });
    const live = (await run()).checkpoint;
    const backfill = { since: '2026-10-10', until: '2026-10-13' };
    const first = await run({ backfill });
    expect(first).toMatchObject({ status: 'succeeded', checkpoint: live, backfill: { left: 0, finishedBefore: 0 } });
    expect(first.counts).toMatchObject({ read: 6, sent: 6 });
    expect(first.backfill?.slices.map(({ counts }) => counts.read)).toEqual([2, 1, 3]);
    expect(arrived()).toEqual([2, 3, 4, 5, 6, 7, 10]);
    expect(await run({ backfill })).toMatchObject({ counts: { read: 0 }, backfill: { finishedBefore: 3, left: 0 } });
    expect((await run({ backfill: { since: '2026-10-09', until: '2026-10-14' } })).counts).toMatchObject({ read: 3 });
    const all = await run({ backfill: 'full' });
    expect(all.counts).toMatchObject({ read: 10, sent: 0, duplicate: 10 });
    expect(all.checkpoint).toEqual(live);
    expect(farSide.repeats()).toBe(0);
  });

  it('loses nothing of an hour that passes twice, wherever in it the range begins and ends', async () => {
    const begin = Date.parse('2026-10-24T22:00:00Z');
    const rows = Array.from({ length: 36 }, (_, n) => ({ id: n + 1, at: begin + n * 600_000 }));
    // Berlin: UTC+2 until 01:00Z, UTC+1 from then on.
    const wall = (at: number): string => {
      const offset = at < Date.parse('2026-10-25T01:00:00Z') ? 2 : 1;
      return `${new Date(at + offset * 3_600_000).toISOString().replace('T', ' ').slice(0, 23)}000`;
    };
    await bed.execute(
      `INSERT INTO folded VALUES ${rows.map(({ id, at }) => `(${id}, ${paid}, '${wall(at)}')`).join(', ')}`,
    );
    for (const [since, until] of [
      ['2026-10-24T22:00:00Z', '2026-10-25T03:00:00Z'],
      ['2026-10-25T00:50:00Z', '2026-10-25T01:30:00Z'],
      ['2026-10-24T23:00:00Z', '2026-10-25T01:10:00Z'],
      ['2026-10-25T01:50:00Z', '2026-10-25T02:20:00Z'],
    ] as const) {
      const { run, arrived } = await bedProject(
        bed,
        'table: folded, timezone: Europe/Berlin, cursor: { column: at, start: 2026-11-01 }',
      );
      const { counts } = await run({ backfill: { since, until } });
      const asked = rows.filter(({ at }) => at >= Date.parse(since) && at < Date.parse(until)).map(({ id }) => id);
      expect(asked.length).toBeGreaterThan(2);
      expect(arrived()).toEqual(expect.arrayContaining(asked));
      // Both passes of the hour are 12 rows: no more than the other one is read too much.
      expect(counts.sent).toBeLessThanOrEqual(asked.length + 12);
    }
  });
});

describe('the program', () => {
  beforeAll(ensureBuilt, 180_000);

  it('killed in a backfill goes on with the same command: nothing lost, repeats only in doubt', async () => {
    const farSide = await openFarSide();
    const project = makeProject({ baseUrl: farSide.url, concurrency: 2 });
    onTestFinished(async () => {
      project.remove();
      await farSide.close();
    });
    // 8,000 orders over five days, the newest two days old.
    const now = Date.now();
    const at = (id: number): string => sqlTime(now - (7 - (5 * id) / 8_000) * 86_400_000 + 3_600_000);
    project.insert(goodOrders(8_000).map((row) => ({ ...row, paid_at: at(row.id), updated_at: at(row.id) })));
    const until = sqlTime(now - 86_400_000).replace(' ', 'T');
    const command = ['run', 'orders', '--since', at(1).replace(' ', 'T'), '--until', until, '--json'];
    const running = project.startCli(command);
    let hasEnded = false;
    void running.ended.then(() => {
      hasEnded = true;
    });
    while (farSide.deliveries().size < 2_500 && !hasEnded) await wait(5);
    running.kill('SIGKILL');
    await running.ended;
    const before = farSide.arrivals().size;
    expect(before).toBeLessThan(8_000);
    const shown = JSON.parse((await project.cli(['checkpoint', 'show', '--json'])).stdout);
    expect(shown.checkpoints).toEqual([]);
    expect(shown.slices.length).toBeGreaterThan(3);
    const exit = await project.cli(command);
    const run = runOf(exit);
    expect(exit.code).toBe(0);
    expect(run).toMatchObject({ status: 'succeeded', backfill: { left: 0 } });
    expect(outcomes(run)).toBe(run.read);
    expect(farSide.arrivals().size).toBe(8_000);
    expect(farSide.repeats()).toBeLessThanOrEqual(run.in_doubt_resent);
    const again = await project.cli(command.slice(0, -1));
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringMatching(/orders: nothing is left of .* reset orders --slices/),
    ]);
    const wrong = await project.cli(['run', '--since', '1d', '--until', '2d', '--json']);
    expect([wrong.code, runOf(wrong).error?.code]).toEqual([2, 'range-invalid']);
    const forgotten = await project.cli(['checkpoint', 'reset', 'orders', '--slices', '--yes', '--json']);
    expect(JSON.parse(forgotten.stdout)).toEqual({ mapping: 'orders', slices: shown.slices.length });
  });
});
