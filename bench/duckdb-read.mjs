/** The bare reader of bench/duckdb.mjs: the same columns of the same files as text, in the same order, by DuckDB's own client; nothing is done with them. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';

const { values } = parseArgs({
  options: { pattern: { type: 'string' }, temp: { type: 'string' }, memory: { type: 'string' } },
});
const COLUMNS = ['id', 'email', 'phone', 'total', 'currency', 'paid_at', 'updated_at'];

const instance = await DuckDBInstance.create(':memory:', {
  memory_limit: values.memory,
  threads: '2',
  temp_directory: values.temp,
});
const connection = await instance.connect();
await connection.run("SET TimeZone = 'UTC'");
const start = performance.now();
const result = await connection.stream(
  `SELECT ${COLUMNS.map((name) => `CAST(${name} AS VARCHAR)`).join(', ')} FROM read_parquet('${values.pattern}') ORDER BY updated_at, id`,
);
let rows = 0;
for (;;) {
  const chunk = await result.fetchChunk();
  if (chunk === null || chunk.rowCount === 0) break;
  rows += chunk.getRows().length;
}
const ms = performance.now() - start;
const peakMb = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
connection.closeSync();
instance.closeSync();
console.log(JSON.stringify({ rows, ms, peakMb }));
