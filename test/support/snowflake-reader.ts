/** Reads a whole table by the Snowflake connector in a process of its own, and tells what memory it took. `node --expose-gc snowflake-reader.ts <job>` */
import { snowflake } from '../../connectors/snowflake/index.ts';

export type ReaderJob = {
  readonly options: Record<string, unknown>;
  readonly table: string;
  readonly columns: readonly string[];
  readonly pageSize: number;
};
export type ReaderAnswer = {
  readonly rows: number;
  readonly characters: number;
  /** Of the process, what the runtime has not given back included. */
  readonly peakMegabytes: number;
  /** What is still held after a collection, every 50,000 rows. */
  readonly heldMegabytes: readonly number[];
};

const EVERY = 50_000;
const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

const { options, table, columns, pageSize } = JSON.parse(process.argv[2] ?? '') as ReaderJob;
const source = await snowflake.open(options, { baseDir: process.cwd() });
const stream = await source.describe({ table, primaryKey: ['ID'], cursor: 'ID', onNull: 'error' });
let [rows, characters] = [0, 0];
const heldMegabytes: number[] = [];
for await (const page of source.readPages(stream, { columns, pageSize }, new AbortController().signal)) {
  rows += page.rows.length;
  for (const row of page.rows) for (const cell of row) characters += String(cell).length;
  if (rows % EVERY !== 0) continue;
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  heldMegabytes.push(megabytes(heapUsed + external));
}
await source.close();
const peakMegabytes = megabytes(process.resourceUsage().maxRSS * 1024);
const answer: ReaderAnswer = { rows, characters, peakMegabytes, heldMegabytes };
process.stdout.write(JSON.stringify(answer));
