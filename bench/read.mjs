/**
 * `npm run bench:read [-- --rows 500000] [--rounds 5] [--memory] [--engine sqlite]`
 *
 * How fast the connectors read beside what the same driver does at best, on the same rows, in turns: the best round of each counts,
 * since other work on the machine only ever makes a round slower. `--memory`: the peak of a process that reads 1,000,000 and 10,000,000
 * narrow rows. It starts its own PostgreSQL and MySQL or MariaDB. Nothing here fails for being slow; it fails when a side does not read every row.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import { startDatabases } from '../test/support/databases.ts';
import { freshMysql, freshPostgres, queryMysql, queryPostgres } from '../test/support/databases-fresh.ts';
import { measureChild } from './measure-child.mjs';
import { makeTable } from './read-tables.mjs';

const CHILD = fileURLToPath(new URL('./read-child.mjs', import.meta.url));
const MEMORY_ROWS = [1_000_000, 10_000_000];
/** As the program starts itself (bin/capi-sync.js): for the peak of memory, not for the race of the drivers. */
const AS_PROGRAM = {
  flags: ['--max-semi-space-size=2', '--heap-growing-percent=50', '--no-parallel-scavenge'],
  env: { MALLOC_ARENA_MAX: '2' },
};

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '500000' },
    rounds: { type: 'string', default: '5' },
    engine: { type: 'string', multiple: true, default: ['postgres', 'mysql', 'sqlite'] },
    memory: { type: 'boolean', default: false },
  },
});

const readBy = async (how, { engine, source }, table, rows, settings = {}) => {
  const args = ['--engine', engine, '--source', source, '--table', table, '--how', how];
  const { result } = await measureChild(CHILD, args, settings);
  if (result.rows !== rows) throw new Error(`${engine}, ${how}: ${result.rows} of ${rows} rows were read`);
  const rate = result.rows / (result.ms / 1000);
  console.error(`${engine}, ${how}: ${Math.round(rate)} rows/s, ${Math.round(result.peakMb)} MB`);
  return { rate, peakMb: result.peakMb };
};

/** The best of each side, which take turns at going first. */
const race = async (bed, rows, rounds) => {
  const best = { ours: 0, bare: 0, ordered: 0 };
  for (let round = 0; round < rounds; round += 1)
    for (const how of round % 2 === 0 ? Object.keys(best) : Object.keys(best).reverse())
      best[how] = Math.max(best[how], (await readBy(how, bed, 'wide_rows', rows)).rate);
  return best;
};

const openBeds = async (engines) => {
  const folder = mkdtempSync(join(tmpdir(), 'capi-sync-read-'));
  const wanted = { postgres: engines.includes('postgres'), mysql: engines.includes('mysql') };
  const servers = await startDatabases(wanted);
  console.error(servers.versions.join(', '));
  const filename = join(folder, 'rows.db');
  const runSqlite = (statements) => {
    const database = new Database(filename);
    for (const statement of statements) database.exec(statement);
    database.close();
  };
  const opened = {
    postgres: async () => {
      const source = await freshPostgres('bench_read');
      return { source, run: (statements) => queryPostgres(source, ...statements) };
    },
    mysql: async () => {
      const source = await freshMysql('bench_read');
      return { source, run: (statements) => queryMysql(source, ...statements) };
    },
    sqlite: async () => ({ source: filename, run: runSqlite }),
  };
  const beds = [];
  for (const engine of engines) beds.push({ engine, ...(await opened[engine]()) });
  const close = async () => {
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { beds, close };
};

const number = (value) => Math.round(value).toLocaleString('en');
const rows = Number(values.rows);
const rounds = Number(values.rounds);
const { beds, close } = await openBeds(values.engine);
try {
  const speeds = [];
  const memory = [];
  for (const bed of beds) {
    await bed.run(makeTable(bed.engine, 'wide_rows', rows));
    const { ours, bare, ordered } = await race(bed, rows, rounds);
    const percent = (of) => `${((100 * ours) / of).toFixed(0)} %`;
    speeds.push(
      `| ${bed.engine} | ${number(ours)} | ${number(bare)} | ${percent(bare)} | ${number(ordered)} | ${percent(ordered)} |`,
    );
    await bed.run(['DROP TABLE wide_rows']);
    if (!values.memory) continue;
    const peaks = [];
    for (const count of MEMORY_ROWS) {
      await bed.run(makeTable(bed.engine, 'narrow_rows', count));
      peaks.push((await readBy('ours', bed, 'narrow_rows', count, AS_PROGRAM)).peakMb);
    }
    await bed.run(['DROP TABLE narrow_rows']);
    const [small, large] = peaks;
    memory.push(`| ${bed.engine} | ${number(small)} MB | ${number(large)} MB | ${(large / small).toFixed(2)} |`);
  }
  console.log(
    [
      `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.versions.node}; ${number(rows)} rows of twelve columns, best of ${values.rounds} rounds`,
      '',
      '| | connector, rows/s | bare driver, no order | ratio | bare driver, in order | ratio |',
      '|---|---:|---:|---:|---:|---:|',
      ...speeds,
      ...(memory.length > 0
        ? [
            '',
            `| peak memory (VmHWM) | ${MEMORY_ROWS.map((count) => `${number(count)} rows`).join(' | ')} | ratio |`,
            '|---|---:|---:|---:|',
            ...memory,
          ]
        : []),
    ].join('\n'),
  );
} finally {
  await close();
}
