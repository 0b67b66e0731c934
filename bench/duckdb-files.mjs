/** Parquet files of orders of invented people, a million rows each, in no order of time: the files of a warehouse, none of whose is sorted for us. */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const ROWS_PER_FILE = 1_000_000;

/** A file that is there already is taken as it is. Times lie within the last day before `until`, five rows on each. */
export const makeFiles = async (folder, rows, until) => {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '512MB', threads: '2' });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  const steps = Math.ceil(rows / 5);
  for (let from = 0; from < rows; from += ROWS_PER_FILE) {
    const file = join(folder, `orders-${String(from / ROWS_PER_FILE).padStart(3, '0')}.parquet`);
    if (existsSync(file)) continue;
    const time = `TIMESTAMPTZ '${until}' - to_microseconds(((hash(id) % ${steps})::BIGINT + 1) * ${Math.floor(80_000e6 / steps)})`;
    await connection.run(
      `COPY (SELECT id, 'buyer' || id || '@example.com' AS email, '+4915' || lpad(CAST(id % 99999999 AS VARCHAR), 9, '0') AS phone,
        CAST(id % 100000 / 100.0 AS DECIMAL(12, 2)) AS total, 'EUR' AS currency, ${time} AS paid_at, ${time} AS updated_at
        FROM range(${from}, ${Math.min(rows, from + ROWS_PER_FILE)}) AS numbers(id)) TO '${file}.part' (FORMAT parquet)`,
    );
    renameSync(`${file}.part`, file);
  }
  connection.closeSync();
  instance.closeSync();
};
