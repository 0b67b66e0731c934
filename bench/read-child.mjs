/**
 * One reading of one table to its end, by the connector or by the bare driver; prints rows, milliseconds and the peak of memory.
 *
 *   node bench/read-child.mjs --engine postgres --source URL --table wide_rows --how ours|bare|ordered
 *
 * All give rows as arrays of the database's text. The bare driver reads by one statement that it holds open, in no order (`bare`) or in that
 * of the cursor (`ordered`): nothing that can be taken up again after a failure. The connector reads as a sync does: keyset pages of 1,000.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { COLUMNS } from './read-tables.mjs';

const FETCH = 1_000;
const asText = (value) => value;

/** Each connects, and gives what reads all rows: modules and connections are not what is compared. */
const BARE = {
  postgres: async (url, sql) => {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const query = (text) =>
      client.query({ text, rowMode: 'array', types: { getTypeParser: () => asText }, queryMode: 'extended' });
    await query("SET TIME ZONE 'UTC'");
    return async (onRow) => {
      await query('BEGIN READ ONLY');
      await query(`DECLARE bare NO SCROLL CURSOR FOR ${sql}`);
      for (;;) {
        const { rows } = await query(`FETCH ${FETCH} FROM bare`);
        for (const row of rows) onRow(row);
        if (rows.length < FETCH) break;
      }
      return () => client.end();
    };
  },
  mysql: async (url, sql) => {
    const { default: mysql } = await import('mysql2');
    const connection = mysql.createConnection({ uri: url, charset: 'utf8mb4' });
    await connection.promise().query('SELECT 1');
    const typeCast = (field) => field.string('utf8');
    return async (onRow) => {
      const stream = connection.query({ sql, rowsAsArray: true, typeCast }).stream({ highWaterMark: FETCH });
      for await (const row of stream) onRow(row);
      return () => connection.end();
    };
  },
  sqlite: async (filename, sql) => {
    const { default: Database } = await import('better-sqlite3');
    const database = new Database(filename, { readonly: true });
    return async (onRow) => {
      for (const row of database.prepare(sql).raw(true).safeIntegers(true).iterate()) onRow(row);
      return () => database.close();
    };
  },
};

const openOurs = async (engine, given, table) => {
  const { loadConnector } = await import('../connectors/index.ts');
  const connector = await loadConnector(engine);
  const options = engine === 'sqlite' ? { filename: given } : { url: given };
  const source = await connector.open(options, { baseDir: '/' });
  const spec = { table, primaryKey: ['id'], cursor: 'updated_at', onNull: 'error', timezone: 'UTC' };
  await source.describe(spec);
  return async (onRow) => {
    const stream = await source.describe(spec);
    const { before } = await source.horizon(stream, 60);
    const range = { columns: COLUMNS[table], before, pageSize: FETCH };
    for await (const { rows } of source.readPages(stream, range, new AbortController().signal))
      for (const row of rows) onRow(row);
    return () => source.close();
  };
};

const { values } = parseArgs({
  options: {
    engine: { type: 'string' },
    source: { type: 'string' },
    table: { type: 'string' },
    how: { type: 'string' },
  },
});
const { engine, source, table, how } = values;
let rows = 0;
let bytes = 0;
const onRow = (row) => {
  rows += 1;
  bytes += String(row[1]).length;
};
const readAll =
  how === 'ours'
    ? await openOurs(engine, source, table)
    : await BARE[engine](
        source,
        `SELECT ${COLUMNS[table].join(', ')} FROM ${table}${how === 'ordered' ? ' ORDER BY updated_at, id' : ''}`,
      );
const start = performance.now();
const close = await readAll(onRow);
const ms = performance.now() - start;
await close();
const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
console.log(JSON.stringify({ rows, ms, bytes, peakMb: Number(peak?.[1]) / 1024 }));
