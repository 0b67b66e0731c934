/**
 * The race laboratory: readers poll a table while eight writers fill it and 2 % of the transactions stay open for seconds.
 * A transaction that commits late brings rows with a time that has been read past. In one run, side by side:
 * the source with its defaults (lag, lookback, and a set of what was seen that stands for the ledger), the source behind the
 * oldest open transaction, and a plain `>` as people write it. TORTURE=long: the real defaults, for ten minutes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Page, Position, Source, Stream } from '../../connectors/connector.ts';
import { readStream } from '../../src/extract/read-stream.ts';
import { type Bed, mysqlBed, openBed, postgresBed, spec } from '../contract/source-beds.ts';
import { queryMysql, queryPostgres } from '../support/databases-fresh.ts';
import { writeRows, writers } from './race-writers.ts';

const LONG = process.env.TORTURE === 'long';
const OPEN_SECONDS = 6;
const POLL_MS = 100;
/** The default of `cursor.max_stall`, seconds. */
const MAX_STALL = 900;
/** The short form keeps the shape of the defaults: a lag that long transactions outlast, a lookback that outlasts them. */
const SHORT = { seconds: 10, mostSeconds: 35, lag: 1, lookback: 9 };
const SETTINGS = LONG ? { seconds: 600, mostSeconds: 600, lag: 60, lookback: 600 } : SHORT;
/** Long transactions, of which every fiftieth is one, without which a run says little. */
const AT_LEAST = 60;

type Reader = { readonly poll: () => Promise<void>; readonly seen: Set<string> };

/** Polls as `sync` does: describe once a run, horizon, lookback window, then what is new; the checkpoint moves with the new pages. */
async function sourceReader(source: Source, bed: Bed, lag: number, lookback: number): Promise<Reader> {
  const seen = new Set<string>();
  let checkpoint: Position | undefined;
  const poll = async (): Promise<void> => {
    const stream: Stream = await source.describe(spec(bed, { table: 'race' }));
    const { before } = await source.horizon(stream, lag, MAX_STALL);
    const lookbackFrom =
      checkpoint && lookback > 0 ? await source.shiftBack(stream, checkpoint.cursor, lookback) : undefined;
    const plan = { stream, columns: ['id'], checkpoint, from: undefined, lookbackFrom, before, pageSize: 1000 };
    let last: Page | undefined;
    for await (const page of readStream(source, plan, new AbortController().signal)) {
      for (const [id] of page.rows) seen.add(String(id));
      if (page.moves) last = page;
    }
    checkpoint = last?.end ?? checkpoint;
  };
  return { poll, seen };
}

/** `WHERE at > the last one`, with the exact text of the time: what a first script does. */
function naiveReader(query: (sql: string) => Promise<Record<string, unknown>[]>): Reader {
  const seen = new Set<string>();
  let last = '2000-01-01';
  const poll = async (): Promise<void> => {
    const rows = await query(`SELECT id, at_text FROM race_text WHERE at > '${last}' ORDER BY at`);
    for (const row of rows) seen.add(String(row.id));
    last = String(rows.at(-1)?.at_text ?? last);
  };
  return { poll, seen };
}

async function pollUntil(stop: Promise<unknown>, reader: Reader): Promise<void> {
  let isOver = false;
  const over = stop.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const next = sleep(POLL_MS);
    await reader.poll();
    await next;
  }
  await over;
}

const beds = {
  postgres: {
    bed: postgresBed('race_lab'),
    query: queryPostgres,
    prepare: [
      'CREATE TABLE race (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())',
      'CREATE INDEX race_at ON race (at, id)',
      'CREATE VIEW race_text AS SELECT id, at, at::text AS at_text FROM race',
      "DO $$ BEGIN CREATE ROLE race_reader LOGIN PASSWORD 'race'; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
      'GRANT SELECT ON race TO race_reader',
    ],
  },
  mysql: {
    bed: mysqlBed('race_lab'),
    query: queryMysql,
    prepare: [
      'CREATE TABLE race (id bigint AUTO_INCREMENT PRIMARY KEY, at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), KEY race_at (at, id))',
      'CREATE VIEW race_text AS SELECT id, at, CAST(at AS CHAR) AS at_text FROM race',
      "CREATE USER IF NOT EXISTS race_reader@'%' IDENTIFIED BY 'race'",
      "GRANT SELECT ON race_lab.race TO race_reader@'%'",
    ],
  },
};

describe('rows of transactions that commit late', () => {
  it.concurrent.each(['postgres', 'mysql'] as const)(
    'are lost by a plain `>`, and never by the source: %s',
    async (engine) => {
      const { bed, query, prepare } = beds[engine];
      await bed.setUp();
      await bed.execute(...prepare);
      const url = String(bed.options().url);
      const plain = new URL(url);
      plain.username = 'race_reader';
      plain.password = 'race';
      const [unprivileged, privileged] = [await openBed(bed, { url: plain.toString() }), await openBed(bed)];
      const described = await unprivileged.describe(spec(bed, { table: 'race' }));
      expect((await unprivileged.horizon(described, 0, MAX_STALL)).guard).toBe('lag');
      expect((await privileged.horizon(described, 0, MAX_STALL)).guard).toBe('transactions');

      const { seconds, mostSeconds, lag, lookback } = SETTINGS;
      const readers = {
        defaults: await sourceReader(unprivileged, bed, lag, lookback),
        transactions: await sourceReader(privileged, bed, 1, 0),
        naive: naiveReader((sql) => query(url, sql)),
      };
      const writing = writeRows(() => writers[engine](url), {
        seconds,
        mostSeconds,
        openSeconds: OPEN_SECONDS,
        atLeast: AT_LEAST,
      });
      // All has been committed, and then the lag has passed.
      const finished = writing.then((held) => sleep((lag + 3) * 1000, held));
      const [held] = await Promise.all([finished, ...Object.values(readers).map((each) => pollUntil(finished, each))]);
      await Promise.all(Object.values(readers).map((each) => each.poll()));
      await Promise.all([unprivileged.close(), privileged.close()]);

      const rows = (await query(url, 'SELECT id FROM race')).map(({ id }) => String(id));
      // Lag and lookback promise nothing of a transaction that outlasts both: a machine that stands still can make one.
      const outlasting = new Set(held.filter((each) => each.seconds >= lag + lookback).map(({ id }) => id));
      const lost = (reader: Reader): string[] => rows.filter((id) => !reader.seen.has(id));
      const result = {
        defaults: lost(readers.defaults).filter((id) => !outlasting.has(id)).length,
        transactions: lost(readers.transactions).length,
      };
      const naive = lost(readers.naive).length;
      console.log(`${engine}: ${rows.length} rows, ${held.length} late; lost by ">" ${naive}, by the source`, result);
      expect(result).toEqual({ defaults: 0, transactions: 0 });
      // There was something to lose, and a reader beside it lost it.
      expect(held.length).toBeGreaterThan(rows.length * 0.015);
      expect(outlasting.size).toBeLessThan(held.length / 2);
      expect(naive).toBeGreaterThan(rows.length * 0.01);
    },
    (SETTINGS.mostSeconds + 120 + SETTINGS.lag) * 1000,
  );
});
