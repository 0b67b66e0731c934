/** Parquet files to the sandbox by the built program: the short form of bench/duckdb.mjs, and what a run after it sends. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDuckdb } from '../contract/beds/duckdb.ts';
import { ensureBuilt, runCli } from '../support/built-cli.ts';
import { type SandboxProcess, startSandboxProcess } from '../support/sandbox-process.ts';
import { DATASET, type RunJson, TOKEN } from '../support/sync-project.ts';

const dir = mkdtempSync(join(tmpdir(), 'capi-sync-duckdb-sync-'));
let sandbox: SandboxProcess;

const configOf = (): string => `version: 1
state: { client: sqlite, filename: state.db }
connections:
  lake: { connector: duckdb, files: { orders: "orders/*.parquet" }, settle_seconds: 0, memory_limit: 128MB }
destinations:
  main: { dataset_id: "${DATASET}", access_token: "\${META_ACCESS_TOKEN}", base_url: "${sandbox.url}" }
mappings: [mappings/*.yaml]
`;

const mappingOf = (name: string, key: string, cursor: string): string => `version: 1
name: ${name}
source:
  connection: lake
  table: orders
  primary_key: ${key}
  cursor: { column: ${cursor}, start: beginning, lag: 0s, lookback: 0s }
event:
  event_name: Purchase
  event_time: =paid_at
  event_id: ="${name}-" + string(id)
  action_source: system_generated
  user_data: { em: =email, external_id: =string(id) }
  custom_data: { value: =total, currency: EUR, order_id: ="${name}-" + string(id) }
`;

/** Written elsewhere and renamed, as a writer should. Times in the order of a hash: nothing is sorted for us. */
const write = async (name: string, from: number, to: number): Promise<void> => {
  const time = 'now() - to_milliseconds(3600000 + (hash(id) % 1000000)::BIGINT)';
  const rows = `SELECT id, 'buyer' || id || '@example.com' AS email, CAST(id % 1000 + 0.5 AS DECIMAL(12, 2)) AS total, ${time} AS paid_at, ${time} AS updated_at FROM range(${from}, ${to}) AS numbers(id)`;
  await runDuckdb(':memory:', `COPY (${rows}) TO '${join(dir, name)}' (FORMAT parquet)`);
  renameSync(join(dir, name), join(dir, 'orders', name));
};

const run = async (mapping: string): Promise<RunJson> => {
  const exit = await runCli(['run', mapping, '--json'], { cwd: dir, env: { META_ACCESS_TOKEN: TOKEN } });
  if (exit.stdout === '') throw new Error(exit.stderr);
  const [result] = (JSON.parse(exit.stdout) as { runs: RunJson[] }).runs;
  return result!;
};

beforeAll(async () => {
  await ensureBuilt();
  sandbox = await startSandboxProcess({ token: TOKEN });
  for (const folder of ['orders', 'mappings']) mkdirSync(join(dir, folder));
  writeFileSync(join(dir, 'config.yaml'), configOf());
  writeFileSync(join(dir, 'mappings/by-time.yaml'), mappingOf('by-time', 'id', 'updated_at'));
  writeFileSync(
    join(dir, 'mappings/by-file.yaml'),
    mappingOf('by-file', '[filename, file_row_number]', 'file_changed_at'),
  );
  await write('a.parquet', 0, 60_000);
  await write('b.parquet', 60_000, 100_000);
});

afterAll(async () => {
  await sandbox.stop();
  rmSync(dir, { recursive: true });
});

describe('Parquet files to the sandbox', () => {
  it.each(['by-time', 'by-file'])(
    '%s: 100,000 rows arrive, each once, and a second run sends nothing',
    async (mapping) => {
      const before = (await sandbox.stats()).eventsUnique;
      expect(await run(mapping)).toMatchObject({ status: 'succeeded', read: 100_000, sent: 100_000, rejected: 0 });
      expect(await sandbox.stats()).toMatchObject({ eventsUnique: before + 100_000, duplicates: 0 });
      expect(await run(mapping)).toMatchObject({ status: 'succeeded', sent: 0 });
    },
  );

  it('a file that appears is sent, though its rows are older than what was read; one that is written anew sends nothing twice', async () => {
    await write('c.parquet', 100_000, 101_000);
    await write('b.parquet', 60_000, 100_001);
    expect(await run('by-file')).toMatchObject({ status: 'succeeded', read: 41_001, sent: 1000, duplicate: 40_001 });
    expect(await sandbox.stats()).toMatchObject({ duplicates: 0 });
  });
});
