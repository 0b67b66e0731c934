/**
 * Fifty rows to a timestamp, keys that run against the time, and a sync that is cut by a limit and stopped on its way, both in the middle of
 * a tie: every row is sent, and none twice. TORTURE=long: a million rows instead of a hundred thousand.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PostEvents } from '../../src/load/post-events.ts';
import { parseMapping } from '../../src/mapping/compile-mapping.ts';
import { type RunResult, runMapping } from '../../src/sync/run-mapping.ts';
import { type Bed, mysqlBed, openBed, postgresBed, sqliteBed } from '../contract/source-beds.ts';
import { mappingFile } from '../support/bind-for-test.ts';
import { ACCEPTED } from '../support/scripted-post.ts';
import { temporaryState } from '../support/temporary-state.ts';

const ROWS = process.env.TORTURE === 'long' ? 1_000_000 : 100_000;
const PER_TIMESTAMP = 50;

const beds = { postgres: postgresBed('read_ties'), mysql: mysqlBed('read_ties'), sqlite: sqliteBed() };

/** `n` from 1 to ROWS. Row n has the key ROWS + 1 - n, and the time of its group of fifty, a second after the one before; the first is six hours old. */
const fill: Record<Bed['name'], string> = {
  postgres: `INSERT INTO ties SELECT ${ROWS} + 1 - n, date_trunc('second', now()) - interval '6 hours' + interval '123456 microseconds' + ((n - 1) / ${PER_TIMESTAMP}) * interval '1 second'
    FROM generate_series(1, ${ROWS}) AS n`,
  mysql: (() => {
    const digits = Array.from({ length: 10 }, (_, d) => `SELECT ${d} AS d`).join(' UNION ALL ');
    const places = ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, Math.log10(ROWS));
    const n = places.map((place, at) => `${place}.d * ${10 ** at}`).join(' + ');
    return `INSERT INTO ties SELECT ${ROWS} - (${n}), TIMESTAMP(UTC_TIMESTAMP()) - INTERVAL 6 HOUR + INTERVAL 123456 MICROSECOND + INTERVAL FLOOR((${n}) / ${PER_TIMESTAMP}) SECOND
      FROM ${places.map((place) => `(${digits}) AS ${place}`).join(', ')}`;
  })(),
  sqlite: `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${ROWS})
    INSERT INTO ties SELECT ${ROWS} + 1 - n, strftime('%Y-%m-%d %H:%M:%S', 'now', '-6 hours', ((n - 1) / ${PER_TIMESTAMP}) || ' seconds') || '.123456' FROM s`,
};

const mapping = parseMapping(
  mappingFile(
    {
      name: 'ties',
      source: {
        connection: 'crm',
        table: 'ties',
        primary_key: 'id',
        timezone: 'UTC',
        mode: 'cursor',
        cursor: {
          column: 'at',
          start: 'beginning',
          lag: '60s',
          lookback: '10m',
          max_stall: '15m',
          on_null: 'error',
        },
      },
    },
    { event_id: '="row " + string(id)', user_data: { external_id: '=id' } },
  ),
).mapping;

/** A far side that counts how often each row arrived. */
const counting = (): { readonly post: PostEvents; readonly times: Uint8Array; readonly onPost: (() => void)[] } => {
  const times = new Uint8Array(ROWS + 1);
  const onPost: (() => void)[] = [];
  const post = async (events: readonly Uint8Array[]) => {
    for (const bytes of events) {
      const id = Number(/"row (\d+)"/.exec(Buffer.from(bytes).toString())?.[1]);
      times[id] = (times[id] ?? 0) + 1;
    }
    onPost.shift()?.();
    return ACCEPTED;
  };
  return { post: Object.assign(post, { close: async () => undefined }), times, onPost };
};

beforeAll(async () => {
  // One after another: SQLite works in this thread, and a server's connection would wait for it in vain.
  for (const [name, bed] of Object.entries(beds)) {
    await bed.setUp();
    await bed.execute(
      `CREATE TABLE ties (id bigint NOT NULL, at ${bed.timeType})`,
      fill[name as Bed['name']],
      'CREATE UNIQUE INDEX ties_id ON ties (id)',
      'CREATE INDEX ties_at ON ties (at, id)',
    );
  }
}, 600_000);
afterAll(async () => {
  for (const bed of Object.values(beds)) await bed.tearDown();
});

describe(`${ROWS} rows, ${PER_TIMESTAMP} to a timestamp`, () => {
  it.concurrent.each(['postgres', 'mysql', 'sqlite'] as const)(
    'are sent once each, over runs that are cut and stopped within a tie: %s',
    async (name) => {
      const bed: Bed = beds[name];
      const [source, { state, remove }] = await Promise.all([openBed(bed), temporaryState()]);
      const { post, times, onPost } = counting();
      const run = (more: { limit?: number; stop?: AbortSignal } = {}): Promise<RunResult> =>
        runMapping(mapping, {
          source,
          state,
          post,
          datasetId: '123',
          concurrency: 4,
          owner: 'ties#0#one',
          retry: { firstMs: 1, ceilingMs: 1, attempts: 1, elapsedMs: 60_000 },
          now: Date.now,
          random: Math.random,
          sleep: async () => undefined,
          stop: new AbortController().signal,
          abort: new AbortController().signal,
          onProgress: () => undefined,
          ...more,
        });
      try {
        const limited = await run({ limit: Math.floor(ROWS * 0.35) + 17 });
        expect(limited.counts).toMatchObject({ sent: Math.floor(ROWS * 0.35) + 17, duplicate: 0 });
        const stopper = new AbortController();
        onPost.push(...Array.from({ length: 20 }, () => () => undefined), () => stopper.abort());
        const stopped = await run({ stop: stopper.signal });
        expect(stopped.error?.code).toBe('interrupted');
        const rest = await run();
        expect(rest.error).toBeUndefined();
        const results = [limited, stopped, rest, await run()];
        for (const { counts } of results) expect(counts.read).toBe(counts.sent + counts.duplicate);
        expect(results.reduce((sum, { counts }) => sum + counts.sent, 0)).toBe(ROWS);
        expect(stopped.counts.sent).toBeGreaterThan(0);
        expect(rest.counts.sent).toBeGreaterThan(0);
        // The lookback window was read again and again, and nothing of it was sent.
        expect(results[3]?.counts).toMatchObject({ sent: 0, requests: 0 });
        expect(results[3]?.counts.duplicate).toBeGreaterThan(PER_TIMESTAMP * 500);
        const often = (n: number): number => times.reduce((sum, each) => sum + Number(each === n), 0);
        expect({ once: often(1), never: often(0) - 1 }).toEqual({ once: ROWS, never: 0 });
        // The last in order: of the last fifty the one with the largest key; with the database's own text of its time.
        const text = name === 'postgres' ? 'at::text' : 'CAST(at AS CHAR)';
        const stream = await source.describe({
          query: `SELECT id, ${text} AS text FROM ties WHERE id = ${PER_TIMESTAMP}`,
          primaryKey: ['id'],
          cursor: 'id',
          onNull: 'error',
        });
        const [end] = await source.readKeys(stream, ['text'], [[String(PER_TIMESTAMP)]]);
        expect(results[3]?.checkpoint).toMatchObject({ cursor: String(end?.[0]), key: [String(PER_TIMESTAMP)] });
      } finally {
        await Promise.all([source.close(), remove()]);
      }
    },
    1_800_000,
  );
});
