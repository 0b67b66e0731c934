/** A result larger than memory should hold is streamed: read in a process of its own, with a heap that could not hold it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReaderAnswer, ReaderJob } from '../support/snowflake-reader.ts';
import { type StandIn, startSnowflake } from '../support/snowflake-stand-in.ts';

const READER = join(import.meta.dirname, '../support/snowflake-reader.ts');
const NODE = join(import.meta.dirname, '../../node_modules/.bin/node');
/** Megabytes. All rows together are several times that, as strings and lists. */
const HEAP = 128;
const COLUMNS = Array.from({ length: 8 }, (_, n) => `C${n}`);

let standIn: StandIn;
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'capi-sync-snowflake-'));
  standIn = await startSnowflake({ chunkRows: 10_000 });
  const types = Object.fromEntries(COLUMNS.map((name) => [name, 'VARCHAR']));
  await standIn.engine.createTable('WIDE', { ID: 'NUMBER(38,0) NOT NULL', ...types });
  const cells = COLUMNS.map((_, n) => `md5(CAST(r * ${n + 1} AS VARCHAR))`);
  await standIn.engine.sql(`INSERT INTO "WIDE" SELECT r, ${cells.join(', ')} FROM range(300000) AS t(r)`);
}, 180_000);
afterAll(async () => {
  await standIn.close();
  rmSync(home, { recursive: true, force: true });
});

const read = async (): Promise<{ answer: ReaderAnswer; stderr: string }> => {
  const job: ReaderJob = { options: standIn.options(), table: 'WIDE', columns: ['ID', ...COLUMNS], pageSize: 5000 };
  const child = spawn(NODE, ['--expose-gc', `--max-old-space-size=${HEAP}`, READER, JSON.stringify(job)], {
    cwd: home,
    env: { PATH: process.env.PATH ?? '', HOME: home, TMPDIR: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await new Promise((resolve) => child.once('close', resolve));
  try {
    return { answer: JSON.parse(stdout) as ReaderAnswer, stderr };
  } catch {
    throw new Error(`the reader failed: ${stdout}${stderr}`);
  }
};

describe('300,000 wide rows', () => {
  it('are read with a heap that could not hold them, and no more is held at the end than at the beginning', async () => {
    const { answer, stderr } = await read();
    const { rows, characters, peakMegabytes, heldMegabytes } = answer;
    expect([rows, stderr]).toEqual([300_000, '']);
    expect(characters).toBeGreaterThan(75_000_000);
    expect(heldMegabytes).toHaveLength(6);
    console.log(`held after each 50,000 rows: ${heldMegabytes.join(', ')} MB; peak of the process ${peakMegabytes} MB`);
    expect(Math.max(...heldMegabytes) - heldMegabytes[0]!).toBeLessThan(20);
  }, 300_000);

  it('leave no file behind: no log, no cache, nothing in the folder of the user', () => {
    expect(readdirSync(home)).toEqual([]);
  });
});
