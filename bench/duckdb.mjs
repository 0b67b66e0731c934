/**
 * `npm run bench:duckdb [-- --rows 10000000] [--folder DIR] [--memory 256MB]`
 *
 * Parquet files through `capi-sync run` to the local sandbox, from the first row to the last acknowledged one, and beside it DuckDB's own client
 * that reads the same rows in the same order and does nothing with them. The peak of memory (VmHWM) of the one process is told at each
 * million of events: it is to stay where it was at the first. `--folder` keeps the files for the next time. Needs `npm run build`.
 * Nothing here fails for being slow; it fails when a row does not arrive, or arrives twice.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeFiles } from './duckdb-files.mjs';
import { measureChild } from './measure-child.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const LAUNCHER = at('../bin/capi-sync.js');
const TOKEN = 'bench-token-0123456789';

const config = (pattern, url, memory) => `version: 1
state: { client: sqlite, filename: state.db }
connections:
  lake:
    connector: duckdb
    files: { orders: '${pattern}' }
    settle_seconds: 0
    memory_limit: ${memory}
destinations:
  main: { dataset_id: "1234567890", access_token: "\${BENCH_TOKEN}", api_version: v26.0, base_url: "${url}" }
mappings: [mapping.yaml]
`;

const mapping = `version: 1
name: bench-parquet
source:
  connection: lake
  table: orders
  primary_key: id
  cursor: { column: updated_at, start: beginning, lag: 0s }
destination: main
event:
  event_name: Purchase
  event_time: =paid_at
  event_id: =id
  action_source: physical_store
  user_data: { em: =email, ph: =phone, external_id: =id }
  custom_data: { value: =total, currency: =currency, order_id: =id }
`;

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000000' },
    folder: { type: 'string' },
    memory: { type: 'string', default: '256MB' },
  },
});
const rows = Number(values.rows);
const work = mkdtempSync(join(tmpdir(), 'capi-sync-bench-duckdb-'));
const folder = values.folder ?? join(work, 'files');
mkdirSync(folder, { recursive: true });
const pattern = join(folder, 'orders-*.parquet');

const peakMb = (pid) =>
  Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
const number = (value) => Math.round(value).toLocaleString('en');

const startSandbox = async () => {
  const child = spawn(process.execPath, [LAUNCHER, '--json', 'sandbox', '--port', '0', '--token', TOKEN], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(child.stdout, 'data');
  const { url } = JSON.parse(String(line));
  return { url, stats: async () => (await fetch(`${url}/_sandbox/stats`)).json(), stop: () => child.kill('SIGTERM') };
};

/** One sync to its end; what its peak was at each million of events. */
const sync = async (sandbox) => {
  writeFileSync(join(work, 'config.yaml'), config(pattern, sandbox.url, values.memory));
  writeFileSync(join(work, 'mapping.yaml'), mapping);
  const start = performance.now();
  const child = spawn(process.execPath, [LAUNCHER, '-c', join(work, 'config.yaml'), 'run', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, BENCH_TOKEN: TOKEN },
  });
  const ended = once(child, 'close');
  const texts = [];
  child.stdout.setEncoding('utf8').on('data', (text) => texts.push(text));
  const peaks = [];
  let last = 0;
  const watch = setInterval(async () => {
    const { eventsUnique } = await sandbox.stats().catch(() => ({ eventsUnique: 0 }));
    try {
      const peak = peakMb(child.pid);
      last = peak;
      if (eventsUnique < (peaks.length + 1) * 1_000_000) return;
      peaks.push({ events: eventsUnique, peak, ms: performance.now() - start });
      console.error(
        `${number(eventsUnique)} events, ${number(peak)} MB, ${number((performance.now() - start) / 1000)} s`,
      );
    } catch {
      // The process has ended meanwhile.
    }
  }, 500);
  const [code] = await ended;
  clearInterval(watch);
  const ms = performance.now() - start;
  const [run] = JSON.parse(texts.join('')).runs;
  const { eventsUnique, duplicates } = await sandbox.stats();
  if (code !== 0 || eventsUnique !== rows || duplicates !== 0 || run.sent !== rows)
    throw new Error(`${eventsUnique} of ${rows} rows arrived, ${duplicates} twice; the run says ${run.status}`);
  return { ms, peaks, last };
};

const sandbox = await startSandbox();
try {
  await makeFiles(folder, rows, new Date(Date.now() - 3_600_000).toISOString());
  console.error(`${number(rows)} rows lie in ${folder}`);
  const { ms, peaks, last } = await sync(sandbox);
  console.error(`capi-sync: ${number(rows / (ms / 1000))} rows/s, ${number(last)} MB`);
  const { result: bare } = await measureChild(at('duckdb-read.mjs'), [
    '--pattern',
    pattern,
    '--temp',
    join(work, 'temp'),
    '--memory',
    values.memory,
  ]);
  if (bare.rows !== rows) throw new Error(`the bare reader read ${bare.rows} of ${rows} rows`);
  console.error(`bare reader: ${number(bare.rows / (bare.ms / 1000))} rows/s, ${number(bare.peakMb)} MB`);
  console.log(
    [
      `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.versions.node}; ${number(rows)} rows of Parquet in no order of time, memory_limit ${values.memory}`,
      '',
      '| | rows/s | peak memory |',
      '|---|---:|---:|',
      `| DuckDB's own client, in order, nothing done with the rows | ${number(rows / (bare.ms / 1000))} | ${number(bare.peakMb)} MB |`,
      `| capi-sync run, to the sandbox, with state | ${number(rows / (ms / 1000))} | ${number(last)} MB |`,
      '',
      '| events of the same run | peak memory (VmHWM) so far | seconds |',
      '|---:|---:|---:|',
      ...peaks.map(
        ({ events, peak, ms: since }) => `| ${number(events)} | ${number(peak)} MB | ${number(since / 1000)} |`,
      ),
    ].join('\n'),
  );
} finally {
  sandbox.stop();
  rmSync(work, { recursive: true, force: true });
}
