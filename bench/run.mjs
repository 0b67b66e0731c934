/**
 * `npm run bench [-- --rows N] [--runs 3] [--delay MS,...] [--database URL]`
 *
 * capi-sync beside what is written by hand today (bench/peer.mjs): the same rows, the same far side, the same machine, in turns, and the
 * medians of both. It starts a PostgreSQL of its own unless `--database` names one whose table `orders` it may replace. `--delay` says after how
 * many milliseconds the far side answers: 50, which is quick for a real one, and 0, where the processor is all that is waited for. Nothing here
 * fails for being slow; it fails when a side does not deliver every row.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDatabase } from './database.mjs';
import { measureChild } from './measure-child.mjs';
import { startSink } from './sink-process.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const LAUNCHER = join(HERE, '..', 'bin', 'capi-sync.js');
const at = (script) => join(HERE, script);

/** The peer's packages are not part of the main install; they come when first needed. */
const installPeer = () => {
  if (existsSync(at('node_modules'))) return;
  console.error('installing the packages of the peer (npm ci in bench/)');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: HERE, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('npm ci in bench/ failed');
};

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const runPeer = ({ database, sink }) => measureChild(at('peer.mjs'), ['--database', database, '--sink', sink.url]);

/** Each run starts with an empty state, as the peer has none. */
const runOurs = async ({ database, sink, folder, round }) => {
  const measured = await measureChild(LAUNCHER, ['-c', at('config.yaml'), 'run', '--json'], {
    cwd: HERE,
    env: {
      BENCH_DATABASE_URL: database,
      BENCH_SINK_URL: sink.url,
      BENCH_STATE: join(folder, `state-${round}.db`),
      BENCH_ACCESS_TOKEN: 'bench-token-0123456789',
    },
  });
  const [run] = measured.result.runs;
  if (run.status !== 'succeeded') throw new Error(`capi-sync: ${run.status} ${JSON.stringify(run.error)}`);
  return measured;
};

/** One run of one side; every row must have arrived, whatever the side itself says. */
const delivered = async (name, run, setting) => {
  const before = await setting.sink.stats();
  const measured = await run(setting);
  const after = await setting.sink.stats();
  const events = after.events - before.events;
  if (events !== setting.rows || after.refused !== before.refused) {
    throw new Error(
      `${name}: ${events} of ${setting.rows} rows arrived, ${after.refused - before.refused} batches refused`,
    );
  }
  const rate = setting.rows / (measured.ms / 1000);
  console.error(`${name}: ${Math.round(rate)} rows/s, ${measured.peakMb ?? '?'} MB`);
  return { rate, peakMb: measured.peakMb, bytes: after.bytes - before.bytes };
};

/** Runs both sides in turns, changing who goes first, so that a machine that slows down slows both. */
const inTurns = async (runs, sides) => {
  const results = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < runs; round++) {
    const order = round % 2 === 0 ? Object.entries(sides) : Object.entries(sides).reverse();
    for (const [name, side] of order) results[name].push(await side(round));
  }
  return results;
};

const transformRate = async (name, script, args) => {
  const { result } = await measureChild(at(script), args);
  console.error(`${name}, transform only: ${result.events_per_second} events/s`);
  return result.events_per_second;
};

const number = (value) => (value === undefined ? '-' : Math.round(value).toLocaleString('en'));

const report = ({ rows, runs, threads, rounds, transforms, limits }) => {
  const rate = (ends) => (side) => median(ends[side].map((one) => one.rate));
  const [{ ends: first }] = rounds;
  const peak = (side) => median(rounds.flatMap(({ ends }) => ends[side].map((one) => one.peakMb ?? Number.NaN)));
  const transform = (side) => median(transforms[side]);
  const line = (title, of, ratio = true) =>
    `| ${title} | ${number(of('ours'))} | ${number(of('peer'))} | ${ratio ? `${(of('ours') / of('peer')).toFixed(2)}x` : ''} |`;
  return [
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.versions.node}; ${number(rows)} rows, median of ${runs}`,
    '',
    '| | capi-sync (with state) | pg + SDK + fetch (no state) | ratio |',
    '|---|---:|---:|---:|',
    ...rounds.map(({ delay, ends }) =>
      line(`end to end, far side answers ${delay === 0 ? 'at once' : `after ${delay} ms`}, rows/s`, rate(ends)),
    ),
    line(`transform only, in the ${threads} threads of a sync, events/s`, transform),
    `| transform only, in one thread, events/s | ${number(transform('oneThread'))} | ${number(transform('peer'))} | ${(transform('oneThread') / transform('peer')).toFixed(2)}x |`,
    line('peak memory, MB', peak, false),
    line('bytes sent an event', (side) => first[side][0].bytes / rows, false),
    '',
    '| limit of this machine, same run | a second |',
    '|---|---:|',
    `| rows read by pg, same columns, nothing done with them | ${number(limits.read_rows_per_second)} |`,
    `| SHA-256 of an e-mail address | ${number(limits.sha256_per_second)} |`,
    `| events written by JSON.stringify | ${number(limits.stringify_events_per_second)} |`,
  ].join('\n');
};

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '200000' },
    runs: { type: 'string', default: '3' },
    delay: { type: 'string', default: '50,0' },
    database: { type: 'string' },
  },
});
const rows = Number(values.rows);
const runs = Number(values.runs);
installPeer();
const { loadRows } = await import('./load-rows.mjs');
const { mapThreads: threads } = await import('../src/sync/open-map-threads.ts');
const folder = mkdtempSync(join(tmpdir(), 'capi-sync-bench-'));
const { url: database, close } = await openDatabase(values.database);

/** Both sides against a far side that answers after so long. */
const endToEnd = async (delay) => {
  const sink = await startSink(['--delay', String(delay)]);
  try {
    const setting = { database, sink, folder, rows };
    const ends = await inTurns(runs, {
      peer: () => delivered(`peer, ${delay} ms`, runPeer, setting),
      ours: (round) => delivered(`capi-sync, ${delay} ms`, runOurs, { ...setting, round: `${delay}-${round}` }),
    });
    return { delay, ends };
  } finally {
    await sink.stop();
  }
};

try {
  console.error(`${rows} rows loaded in ${Math.round(await loadRows(database, rows))} ms`);
  const rounds = [];
  for (const delay of values.delay.split(',').map(Number)) rounds.push(await endToEnd(delay));
  const size = ['--database', database, '--rows', String(Math.min(rows, 50_000))];
  const transforms = await inTurns(runs, {
    peer: () => transformRate('peer', 'peer.mjs', [...size, '--transform-only']),
    ours: () =>
      transformRate(`capi-sync in ${threads} threads`, 'transform.mjs', [...size, '--threads', String(threads)]),
    oneThread: () => transformRate('capi-sync in one thread', 'transform.mjs', size),
  });
  const { result: limits } = await measureChild(at('limits.mjs'), ['--database', database]);
  console.log(report({ rows, runs, threads, rounds, transforms, limits }));
} finally {
  await close();
  rmSync(folder, { recursive: true });
}
