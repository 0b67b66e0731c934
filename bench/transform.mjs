/**
 * Events a second of capi-sync's transform alone: rows in memory (text, as the connector gives them) -> JSON text of batches.
 * Measured as bench/peer.mjs measures the peer: one round to warm up, then the median of five over the same rows. A sync maps in threads
 * (src/sync/open-map-threads.ts); so does this: each of `--threads` has all rows in memory and maps every n-th batch of them.
 *
 *   node bench/transform.mjs --database URL [--rows 50000] [--threads 1]
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { COLUMNS } from './columns.mjs';
import { openTransform } from './our-transform.mjs';
import { readTextPages } from './read-text-rows.mjs';

const BATCH = 1_000;
const ROUNDS = 5;

const readRows = async (database, count) => {
  const rows = [];
  for await (const page of readTextPages(database, count)) rows.push(...page);
  rows.length = Math.min(rows.length, count);
  return rows;
};

/** One thread: waits for each round to begin, maps its share, and says how many events it made. */
const work = async ({ database, count, thread, threads }) => {
  const rows = await readRows(database, count);
  const toEventTexts = await openTransform(COLUMNS);
  parentPort.on('message', () => {
    let events = 0;
    let bytes = 0;
    for (let at = thread * BATCH; at < rows.length; at += threads * BATCH) {
      const texts = toEventTexts(rows.slice(at, at + BATCH));
      bytes += `{"data":[${texts.join(',')}]}`.length;
      events += texts.length;
    }
    parentPort.postMessage({ events, bytes });
  });
  parentPort.postMessage('ready');
};

const measure = async ({ database, count, threads }) => {
  const workers = Array.from(
    { length: threads },
    (_, thread) => new Worker(new URL(import.meta.url), { workerData: { database, count, thread, threads } }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const rates = [];
  let total = { events: 0, bytes: 0 };
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    const shares = workers.map((worker) => {
      const done = once(worker, 'message');
      worker.postMessage('go');
      return done;
    });
    const done = (await Promise.all(shares)).map(([share]) => share);
    const ms = performance.now() - start;
    total = done.reduce((sum, each) => ({ events: sum.events + each.events, bytes: sum.bytes + each.bytes }), {
      events: 0,
      bytes: 0,
    });
    if (round > 0) rates.push(total.events / (ms / 1000));
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return { ...total, events_per_second: Math.round(rates.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]) };
};

if (isMainThread) {
  const { values } = parseArgs({
    options: {
      database: { type: 'string' },
      rows: { type: 'string', default: '50000' },
      threads: { type: 'string', default: '1' },
    },
  });
  const { database, rows, threads } = values;
  const result = await measure({ database, count: Number(rows), threads: Number(threads) });
  console.log(JSON.stringify({ ...result, max_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024) }));
} else await work(workerData);
