import pg from 'pg';
import { COLUMNS } from './columns.mjs';

const PAGE = 5_000;

// Every value as PostgreSQL's own text, in UTC: what a connector hands to the transform.
const AS_TEXT = { getTypeParser: () => (value) => value };

/** Pages of rows as arrays of text in the order of `COLUMNS`, by keyset, until `limit` rows were read. */
export async function* readTextPages(database, limit = Number.POSITIVE_INFINITY) {
  const client = new pg.Client({ connectionString: database, options: '-c TimeZone=UTC' });
  await client.connect();
  const text = `SELECT ${COLUMNS.map(({ name }) => name).join(', ')} FROM orders
    WHERE status = 'paid' AND (updated_at, id) > ($1::timestamptz, $2::bigint) ORDER BY updated_at, id LIMIT ${PAGE}`;
  try {
    let after = ['-infinity', '0'];
    for (let count = 0; count < limit; ) {
      const { rows } = await client.query({ text, values: after, rowMode: 'array', types: AS_TEXT });
      if (rows.length === 0) return;
      count += rows.length;
      const [id, cursor] = rows.at(-1);
      after = [cursor, id];
      yield rows;
    }
  } finally {
    await client.end();
  }
}
