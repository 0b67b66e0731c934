/** What BigQuery reads is paid for: partitions are left aside by constant bounds, every price is told before, and a limit holds. The stand-in reckons it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Source } from '../../connectors/connector.ts';
import { openBigquery, readAll, specOf } from '../support/bigquery-reading.ts';
import { type AskedQuery, type BigqueryStandIn, startBigquery } from '../support/bigquery-server.ts';

let standIn: BigqueryStandIn;
let source: Source;
beforeAll(async () => {
  standIn = await startBigquery();
  source = await openBigquery(standIn);
});
afterAll(async () => {
  await source.close();
  await standIn.close();
});
beforeEach(() => standIn.queries.splice(0));

const HOUR = 3_600_000;
const ago = (hours: number): string => new Date(Date.now() - hours * HOUR).toISOString().replace('Z', '+00');
/** Queries that read a table, in order. */
const reads = (table: string): AskedQuery[] => standIn.queries.filter(({ sql }) => sql.includes(`\`${table}\``));

describe('a table that refuses to be read without a filter on its partitions', () => {
  it('is read by its partition column, each query with a constant bound on it', async () => {
    await standIn.execute(
      'CREATE TABLE marts.orders (id INT64, at TIMESTAMP, note STRING) PARTITION BY DATE(at) OPTIONS (require_partition_filter = true)',
    );
    const rows = Array.from({ length: 30 }, (_, n) => `(${n}, '${ago(24 * (30 - n))}', 'row ${n}')`);
    await standIn.insert(`INSERT INTO orders VALUES ${rows.join(', ')}`);
    // An OR of the author's stands beside the bound and does not undo it.
    const stream = await source.describe(specOf('orders', { where: "note = 'none' OR note LIKE 'row%'" }));
    const horizon = await source.horizon(stream, 60);
    const from = await source.cursorAt(stream, new Date(Date.now() - 36 * HOUR).toISOString());
    expect((await readAll(source, stream, { from, before: horizon.before! })).rows).toEqual([['29']]);
    const { pages } = await readAll(source, stream, { pageSize: 10 });
    expect(pages).toHaveLength(3);
    await source.readKeys(stream, ['note'], [['3']], { after: pages[0]!.end });
    await source.readKeys(stream, ['note'], [['3']]);
    expect(await source.countUpTo(stream, 100)).toBe(30);
    await source.inspect?.relation(stream);
    expect(reads('orders').length).toBeGreaterThan(8);
    for (const query of reads('orders')) expect(query).toMatchObject({ pruned: ['orders'] });
    const [narrow, whole] = reads('orders').filter(({ sql }) => sql.includes('ORDER BY'));
    expect(narrow!.bytes).toBeGreaterThan(0);
    // One day and the one that it touches, of thirty.
    expect(narrow!.bytes).toBeLessThanOrEqual(whole!.bytes / 15);
  });

  it('is read by another cursor within the window that `partitions` says, rows without a partition included', async () => {
    await standIn.execute(
      'CREATE TABLE marts.changes (id INT64, at TIMESTAMP, day DATE, note STRING) PARTITION BY day OPTIONS (require_partition_filter = true)',
    );
    const row = (id: number, changed: number, made: number): string =>
      `(${id}, '${ago(changed)}', CAST('${ago(made)}' AS TIMESTAMP)::DATE, '${'x'.repeat(50)}')`;
    await standIn.insert(
      `INSERT INTO changes VALUES ${row(1, 1, 24 * 5)}, ${row(2, 2, 24 * 300)}, ${row(3, 3, 4)}, (4, '${ago(1.5)}', NULL, 'late')`,
    );
    const windowed = await openBigquery(standIn, { partitions: { changes: { before: '30d', after: '2d' } } });
    const stream = await windowed.describe(specOf('changes'));
    standIn.queries.splice(0);
    const from = await windowed.cursorAt(stream, new Date(Date.now() - 24 * HOUR).toISOString());
    // The second was made 300 days ago: outside of what was promised, and not seen.
    expect((await readAll(windowed, stream, { from })).rows).toEqual([['3'], ['4'], ['1']]);
    const before = await windowed.cursorAt(stream, new Date(Date.now() - 2.5 * HOUR).toISOString());
    expect((await readAll(windowed, stream, { from, before })).rows).toEqual([['3']]);
    const [first, second] = reads('changes');
    expect(first!.sql).toMatch(/\(`day` >= DATE '\d{4}-\d\d-\d\d' OR `day` IS NULL\)/);
    expect(second!.sql).toMatch(/\(`day` >= DATE '[\d-]+' AND `day` <= DATE '[\d-]+' OR `day` IS NULL\)/);
    // Without the window all is read, by a bound that every row meets.
    const all = await source.describe(specOf('changes'));
    expect((await readAll(source, all, { from })).rows).toEqual([['3'], ['2'], ['4'], ['1']]);
    expect(first!.bytes).toBeLessThan(reads('changes').at(-1)!.bytes);
    for (const query of reads('changes')) expect(query.pruned).toEqual(['changes']);
    await windowed.close();
  });

  it('by the time of arrival is read with the rows of the streaming buffer, which have no partition yet', async () => {
    await standIn.execute(
      'CREATE TABLE marts.events (id INT64, at TIMESTAMP) PARTITION BY _PARTITIONDATE OPTIONS (require_partition_filter = true)',
    );
    const day = (hours: number): string => `date_trunc('day', TIMESTAMPTZ '${ago(hours)}')`;
    await standIn.insert(
      `INSERT INTO events VALUES (1, '${ago(50)}', ${day(49)}), (2, '${ago(1)}', ${day(0)}), (3, '${ago(0.5)}', NULL), (4, '${ago(0.4)}', ${day(24 * 9)})`,
    );
    const windowed = await openBigquery(standIn, { partitions: { 'marts.events': { before: '1h' } } });
    const stream = await windowed.describe(specOf('marts.events'));
    const from = await windowed.cursorAt(stream, new Date(Date.now() - 2 * HOUR).toISOString());
    standIn.queries.splice(0);
    expect((await readAll(windowed, stream, { from })).rows).toEqual([['2'], ['3']]);
    expect(reads('events')[0]!.sql).toMatch(
      /\(_PARTITIONTIME >= TIMESTAMP '\d{4}-\d\d-\d\d [\d:.]+\+00' OR _PARTITIONTIME IS NULL\)/,
    );
    await windowed.close();
  });

  it('by ranges of numbers is read by that number', async () => {
    await standIn.execute(
      'CREATE TABLE marts.numbered (id INT64, at TIMESTAMP) PARTITION BY RANGE_BUCKET(id, GENERATE_ARRAY(0, 1000, 10)) OPTIONS (require_partition_filter = true)',
    );
    await standIn.insert(`INSERT INTO numbered SELECT i, '${ago(1)}' FROM range(100) AS r(i)`);
    const stream = await source.describe(specOf('numbered', { cursor: 'id' }));
    expect((await source.horizon(stream, 0)).before).toBe('100');
    expect((await readAll(source, stream, { from: '95' })).rows).toHaveLength(5);
    expect(await source.describe(specOf('numbered'))).toMatchObject({ cursorUnit: 'time' });
  });

  it('in a query of the author names what is missing', async () => {
    const { table: _, ...rest } = specOf('orders');
    const query = 'SELECT id, note, `at` FROM `shop-analytics`.marts.orders';
    const error = await source.describe({ ...rest, query }).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({
      code: 'source-query-failed',
      message: expect.stringContaining('the table wants a filter on its partitions (at)'),
      hint: expect.stringContaining('`partitions`'),
    });
    const filtered = `${query} WHERE \`at\` >= TIMESTAMP '2026-01-01 00:00:00+00'`;
    const stream = await source.describe({ ...rest, query: filtered, onNull: 'skip' });
    expect((await readAll(source, stream, { pageSize: 7 })).rows).toHaveLength(30);
  });
});

it.each([
  [{ plain: { before: '1d' } }, 'plain', 'is not partitioned'],
  [{ orders: { before: '1d' } }, 'orders', 'is partitioned by the cursor already'],
])('a window that cannot serve is refused: %o', async (partitions, table, message) => {
  await standIn.execute('CREATE TABLE marts.plain (id INT64, at TIMESTAMP)');
  const other = await openBigquery(standIn, { partitions });
  await expect(other.describe(specOf(table))).rejects.toMatchObject({ message: expect.stringContaining(message) });
  await other.close();
});

describe('what is paid for', () => {
  it('is told before: bytes, and money at the list price of a day', async () => {
    await standIn.execute('CREATE TABLE marts.priced (id INT64, at TIMESTAMP, note STRING) PARTITION BY DATE(at)');
    await standIn.insert(
      `INSERT INTO priced SELECT i, TIMESTAMPTZ '${ago(40)}', repeat('x', 98) FROM range(3000) AS r(i)`,
    );
    const stream = await source.describe(specOf('priced'));
    standIn.queries.splice(0);
    const ranges = [{ columns: ['note'], from: '2026-01-01 00:00:00.000000+00' }];
    // 3000 rows of an INT64, a TIMESTAMP and a STRING of 98 letters: 8 + 8 + 100 bytes.
    expect(await source.inspect?.cost?.(stream, ranges)).toEqual([
      {
        isGood: true,
        text: 'the next run reads 340 KiB, which is less than 0.0001 USD at the on-demand list price (6.25 USD a TiB in the US, 10 MiB a query at the least; read 2026-11-30)',
      },
    ]);
    expect(standIn.queries.map(({ isDry }) => isDry)).toEqual([true]);
  });

  it('keeps to maximum_bytes_billed, and says what to do', async () => {
    const poor = await openBigquery(standIn, { maximum_bytes_billed: '1MiB' });
    const stream = await poor.describe(specOf('priced', { onNull: 'skip' }));
    await expect(readAll(poor, stream)).rejects.toMatchObject({
      code: 'source-query-failed',
      message:
        'could not read priced: it would cost more than maximum_bytes_billed: it would be billed for 10 MiB, and 1 MiB are allowed',
      hint: expect.stringContaining('raise maximum_bytes_billed'),
    });
    await poor.close();
    const free = await openBigquery(standIn, { maximum_bytes_billed: 'none' });
    await readAll(free, await free.describe(specOf('priced')));
    await readAll(source, await source.describe(specOf('priced')));
    const limits = standIn.queries
      .filter(({ sql }) => sql.includes('ORDER BY'))
      .map((query) => query.maximumBytesBilled);
    expect(limits).toEqual([2 ** 20, undefined, 10 * 2 ** 30]);
    await free.close();
  });

  it('is not a count for a progress bar, nor the check of a `where`', async () => {
    const stream = await source.describe(specOf('priced', { where: "note != 'a'", onNull: 'skip' }));
    expect(standIn.queries.filter(({ isDry }) => !isDry)).toEqual([]);
    expect(await source.countRows(stream, {})).toBeUndefined();
    const whole = await source.describe(specOf('priced', { onNull: 'skip' }));
    expect(await source.countRows(whole, {})).toBe(3000);
    expect(await source.countRows(whole, { from: '2026-01-01 00:00:00+00' })).toBeUndefined();
    expect(standIn.queries.filter(({ isDry }) => !isDry)).toEqual([]);
  });
});

describe('check', () => {
  it.each([
    ['marts.orders', true, 'partitioned by "at": a run reads the partitions of its range'],
    ['marts.changes', false, 'partitioned by "day", and read by "at": each run reads all partitions'],
    ['marts.clustered', true, 'clustered by "at": a run reads the blocks of its range'],
    ['marts.plain', false, 'neither partitioned nor clustered by "at": each run reads the columns it maps of all rows'],
  ])('says how %s lies for its cursor', async (table, isGood, text) => {
    await standIn.execute('CREATE TABLE marts.clustered (id INT64, at TIMESTAMP) CLUSTER BY at');
    const { layout } = (await source.inspect?.relation(await source.describe(specOf(table)))) ?? {};
    expect(layout).toMatchObject({ isGood, text });
  });

  it('says whether the account may do more than read, and how to make one that may not', async () => {
    const stream = await source.describe(specOf('priced'));
    expect(await source.inspect?.relation(stream)).toMatchObject({ writes: [], repeatedKeys: 0, sampled: 3000 });
    standIn.permissions.add('bigquery.tables.updateData').add('bigquery.tables.delete');
    const { writes, cures } = (await source.inspect?.relation(stream)) ?? {};
    expect(writes).toEqual(['change rows', 'delete the table']);
    expect(cures?.privileges).toContain(
      'GRANT `roles/bigquery.dataViewer` ON TABLE `shop-analytics`.`marts`.`priced` TO "serviceAccount:capi-reader@',
    );
    standIn.permissions.clear();
  });
});

it.each([
  ["note = 'a') OR (note = 'b'", 'source-query-failed'],
  ["note = 'a' LIMIT 5", 'source-query-failed'],
  ["note = 'a'; DELETE FROM orders WHERE true", 'source-query-failed'],
  ['true) LIMIT 0; DELETE FROM orders WHERE id IN (SELECT 1', 'source-query-failed'],
  ["nonsuch = 'a'", 'unknown-column'],
])('a `where` that is more than a condition is refused: %s', async (where, code) => {
  for (const table of ['orders', 'priced'])
    await expect(source.describe(specOf(table, { where }))).rejects.toMatchObject({ name: 'SourceError', code });
  expect(standIn.queries.filter(({ isDry }) => !isDry)).toEqual([]);
});
