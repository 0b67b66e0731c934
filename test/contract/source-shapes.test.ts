/** Shapes of tables that trip a reader: ties, microseconds, odd keys, collations, width, views, old times, folds of the clock. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page, Position, ReadSpec, Row, Source } from '../../connectors/connector.ts';
import { localHorizon } from '../../connectors/sql/local-time.ts';
import { type Bed, collect, mysqlBed, openBed, postgresBed, spec, sqliteBed } from './source-beds.ts';

describe.each([
  ['postgres', postgresBed('source_shapes')],
  ['mysql', mysqlBed('source_shapes')],
  ['sqlite', sqliteBed()],
] as const)('a source: %s', (name, bed: Bed) => {
  let source: Source;
  const ids = (rows: readonly Row[]): string[] => rows.map((row) => String(row[0]));

  beforeAll(async () => {
    await bed.setUp();
    source = await openBed(bed);
  });
  afterAll(async () => {
    await source.close();
    await bed.tearDown();
  });

  /** A table with `rows` made inside the database; `n` runs from 1 to `count`, at most 100,000. */
  async function generated(table: string, columns: string, values: string, count: number): Promise<void> {
    const digit =
      '(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
    const numbers = `SELECT 1 + a.d + b.d * 10 + c.d * 100 + e.d * 1000 + f.d * 10000 AS n FROM ${['a', 'b', 'c', 'e', 'f'].map((alias) => `${digit} ${alias}`).join(', ')}`;
    await bed.execute(
      `CREATE TABLE ${table} (${columns})`,
      `INSERT INTO ${table} SELECT ${values} FROM (${numbers}) AS numbers WHERE n <= ${count}`,
    );
  }

  it('reads 100,000 rows of one timestamp once each, in pages, and restarts within them', async () => {
    await generated(
      'ties',
      `id bigint PRIMARY KEY, at ${bed.timeType}`,
      `n, ${bed.time('2026-01-01 10:00:00.123456')}`,
      100_000,
    );
    await bed.execute('CREATE INDEX ties_at ON ties (at, id)');
    const stream = await source.describe(spec(bed, { table: 'ties' }));
    const { pages, rows } = await collect(source, stream, { columns: ['id'], pageSize: 5000 });
    expect(pages).toHaveLength(20);
    expect(new Set(ids(rows)).size).toBe(100_000);
    const rest = await collect(source, stream, { columns: ['id'], after: pages[9]!.end, pageSize: 7000 });
    expect(ids(rest.rows)).toEqual(ids(rows).slice(50_000));
  });

  it('keeps the text of a checkpoint byte for byte, one microsecond a row, with a new connection after every page', async () => {
    const micros = Array.from({ length: 40 }, (_, i) => `2026-01-01 10:00:00.${String(i * 5).padStart(6, '0')}`);
    await bed.execute(
      `CREATE TABLE micros (id bigint PRIMARY KEY, at ${bed.timeType})`,
      `INSERT INTO micros VALUES ${micros.map((at, id) => `(${id}, ${bed.time(at)})`).join(', ')}`,
      `CREATE VIEW micros_text AS SELECT id, at, ${name === 'postgres' ? 'at::text' : 'CAST(at AS CHAR)'} AS at_text FROM micros`,
    );
    const own = await source.describe(spec(bed, { table: 'micros_text' }));
    const texts = (await collect(source, own, { columns: ['at_text'] })).rows.map((row) => String(row[0]));
    const checkpoints: string[] = [];
    let after: Position | undefined;
    for (;;) {
      const fresh = await openBed(bed);
      const stream = await fresh.describe(spec(bed, { table: 'micros' }));
      let page: Page | undefined;
      const range = { columns: ['id'], pageSize: 1, ...(after && { after }) };
      for await (const each of fresh.readPages(stream, range, new AbortController().signal)) {
        page = each;
        break;
      }
      await fresh.close();
      if (page === undefined) break;
      checkpoints.push(page.end.cursor);
      after = JSON.parse(JSON.stringify(page.end)) as Position;
    }
    expect(checkpoints).toEqual(texts);
    expect(new Set(checkpoints).size).toBe(40);
  });

  /** Rows of one timestamp, so that the key alone orders them; every page size gives each row once. */
  async function pagesByKey(table: string, type: string, literals: readonly string[]): Promise<string[]> {
    await bed.execute(
      `CREATE TABLE ${table} (id ${type} PRIMARY KEY, at ${bed.timeType})`,
      `INSERT INTO ${table} VALUES ${literals.map((literal) => `(${literal}, ${bed.time('2026-01-01 10:00:00.000000')})`).join(', ')}`,
    );
    const stream = await source.describe(spec(bed, { table }));
    const whole = ids((await collect(source, stream, { columns: ['id'] })).rows);
    expect(whole).toHaveLength(literals.length);
    for (const pageSize of [1, 2, 3]) {
      expect(ids((await collect(source, stream, { columns: ['id'], pageSize })).rows)).toEqual(whole);
    }
    return whole;
  }

  it('pages over text keys in the order in which they compare, whatever the collation', async () => {
    const words = ['a', 'B', '_z', '10', '9', 'Zoë', 'zoe2', 'ß', 'ss2', 'Ä1', 'a b', 'a-b', '🎉', 'é', 'z', 'Ж'];
    const literals = words.map((word) => `'${word}'`);
    const types: Readonly<Record<Bed['name'], readonly string[]>> = {
      postgres: ['text', 'text COLLATE "C"', 'varchar(40) COLLATE "en-x-icu"', 'char(10)'],
      mysql: [
        'varchar(40) COLLATE utf8mb4_general_ci',
        'varchar(40) COLLATE utf8mb4_unicode_520_ci',
        'varchar(40) COLLATE utf8mb4_bin',
        'char(10)',
      ],
      sqlite: ['TEXT NOT NULL', 'TEXT COLLATE NOCASE NOT NULL', 'TEXT COLLATE RTRIM NOT NULL'],
    };
    for (const [nth, type] of types[name].entries()) await pagesByKey(`words_${nth}`, type, literals);
    if (name === 'mysql') {
      const west = words.filter((word) => !/🎉|Ж/.test(word)).map((word) => `'${word}'`);
      await pagesByKey('words_latin', 'varchar(40) CHARACTER SET latin1 COLLATE latin1_german1_ci', west);
    }
  });

  it('pages over uuid keys, and numbers beyond 2^53 and below zero', async () => {
    const uuid = (n: number): string => `0190a${n.toString(16)}ff-7abc-7def-8123-${String(9 - n).repeat(12)}`;
    const uuids = [1, 2, 3, 4, 5].map((n) => `'${uuid(n)}'`);
    const isMariadb = name === 'mysql' && (await serverIsMariadb(bed));
    const uuidType = name === 'postgres' ? 'uuid' : isMariadb ? 'UUID' : 'char(36)';
    expect(await pagesByKey('uuids', `${uuidType} NOT NULL`, uuids)).toContain(uuid(3));
    const big = ['-9223372036854775808', '-1', '0', '9007199254740992', '9007199254740993', '9223372036854775807'];
    expect(await pagesByKey('bigs', 'bigint NOT NULL', big)).toEqual(big);
    if (name !== 'sqlite') {
      const exact = ['-99999999999999999999.0000000001', '0.0000000001', '99999999999999999999.0000000002'];
      expect(await pagesByKey('exact', 'numeric(40,10) NOT NULL', exact)).toEqual(exact);
    }
  });

  it('follows a numeric cursor beyond 2^53 exactly', async () => {
    if (name === 'sqlite') return; // its decimals are floats, and refused
    const values = ['9007199254740992.01', '9007199254740992.02', '9007199254740993.00', '99999999999999999999.99'];
    await bed.execute(
      'CREATE TABLE amounts (id int PRIMARY KEY, at numeric(30,2) NOT NULL)',
      `INSERT INTO amounts VALUES ${values.map((value, id) => `(${id}, ${value})`).join(', ')}`,
    );
    const stream = await source.describe({ table: 'amounts', primaryKey: ['id'], cursor: 'at', onNull: 'error' });
    const { pages } = await collect(source, stream, { columns: ['id'], pageSize: 1 });
    expect(pages.map((page) => page.end.cursor)).toEqual(values);
    expect((await source.horizon(stream, 0)).before).toBe('100000000000000000000.99');
    expect(await source.shiftBack(stream, values[2]!, 1)).toBe('9007199254740992.00');
  });

  it('orders a cursor and a sequence within it by the key: a list of columns is the cursor and the first of the key', async () => {
    await bed.execute(
      'CREATE TABLE journal (day date NOT NULL, seq int NOT NULL, line int NOT NULL, PRIMARY KEY (day, seq, line))',
      `INSERT INTO journal VALUES ('2026-01-02', 1, 1), ('2026-01-01', 10, 1), ('2026-01-01', 9, 2), ('2026-01-01', 9, 1), ('2026-01-01', 10, 2)`,
    );
    const stream = await source.describe({
      table: 'journal',
      primaryKey: ['seq', 'line', 'day'],
      cursor: 'day',
      timezone: 'UTC',
      onNull: 'error',
    });
    const { rows } = await collect(source, stream, { columns: ['day', 'seq', 'line'], pageSize: 1 });
    expect(rows.map((row) => row.map(String).join(' '))).toEqual([
      '2026-01-01 9 1',
      '2026-01-01 9 2',
      '2026-01-01 10 1',
      '2026-01-01 10 2',
      '2026-01-02 1 1',
    ]);
  });

  it('reads times before 1970 in their place', async () => {
    const type = name === 'mysql' ? 'DATETIME(6)' : bed.timeType;
    const times = [
      '1000-01-01 00:00:00.000001',
      '1969-12-31 23:59:59.999999',
      '1970-01-01 00:00:00.000000',
      '2026-01-01 00:00:00.000000',
    ];
    await bed.execute(
      `CREATE TABLE old (id int PRIMARY KEY, at ${type})`,
      `INSERT INTO old VALUES ${times.map((at, id) => `(${9 - id}, ${bed.time(at)})`).join(', ')}`,
    );
    const stream = await source.describe(spec(bed, { table: 'old', timezone: 'UTC' }));
    const { before } = await source.horizon(stream, 0);
    const { rows, pages } = await collect(source, stream, { columns: ['id'], before: before!, pageSize: 1 });
    expect(ids(rows)).toEqual(['9', '8', '7', '6']);
    const start = await source.cursorAt(stream, '1970-01-01T00:00:00Z');
    expect((await collect(source, stream, { columns: ['id'], from: start })).rows).toHaveLength(2);
    expect(await source.shiftBack(stream, pages[1]!.end.cursor, 60)).toContain('1969-12-31 23:58:59.999999');
  });

  // The last hour (Lord Howe: half hour) before each of these instants passes a second time; Santiago's across midnight.
  it.each([
    ['Europe/Paris', '2026-10-25T01:00:00Z'],
    ['America/New_York', '2026-11-01T06:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
    ['America/Santiago', '2026-04-05T03:00:00Z'],
    ['Pacific/Auckland', '2026-04-04T14:00:00Z'],
  ])('loses no row of a cursor without a zone while clocks are set back: %s', async (zone, change) => {
    const wall = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    const table = `fold_${zone.replace(/\W/g, '_').toLowerCase()}`;
    const type = { postgres: 'timestamp', mysql: 'DATETIME(6)', sqlite: 'TEXT' }[name];
    await bed.execute(`CREATE TABLE ${table} (id int PRIMARY KEY, at ${type} NOT NULL)`);
    const read: ReadSpec = { table, primaryKey: ['id'], cursor: 'at', timezone: zone, onNull: 'error' };
    const seen: string[] = [];
    let naive = '';
    let naiveRows = 0;
    let checkpoint: Position | undefined;
    // A row every five minutes of four hours around the change, and a run after every third.
    for (let step = 0; step < 48; step += 1) {
      const instant = Date.parse(change) + (step - 24) * 300_000;
      const at = wall.format(instant);
      await bed.execute(`INSERT INTO ${table} VALUES (${step}, '${at}')`);
      if (at > naive) naiveRows += 1;
      if (at > naive) naive = at;
      if (step % 3 !== 2 && step !== 47) continue;
      const stream = await source.describe(read);
      const form = { kind: 'timestamp', separator: ' ', digits: name === 'sqlite' ? 0 : 6 } as const;
      const before = await localHorizon(new Date(instant + 1000).toISOString(), zone, form);
      const page = await collect(source, stream, {
        columns: ['id'],
        before,
        pageSize: 4,
        ...(checkpoint && { after: checkpoint }),
      });
      seen.push(...ids(page.rows));
      checkpoint = page.pages.at(-1)?.end ?? checkpoint;
    }
    expect(seen.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 48 }, (_, i) => i));
    expect(naiveRows).toBeLessThan(48);
  });

  it('reads views, 300 columns, and rows of a megabyte', async () => {
    const columns = Array.from({ length: 300 }, (_, i) => `c${i}`);
    await bed.execute(
      `CREATE TABLE wide (id int PRIMARY KEY, at ${bed.timeType}, ${columns.map((column) => `${column} int`).join(', ')})`,
      `INSERT INTO wide VALUES (1, ${bed.time('2026-01-01 10:00:00.000000')}, ${columns.map((_, i) => i).join(', ')})`,
      'CREATE VIEW wide_view AS SELECT id, at, c0, c299 AS last FROM wide WHERE c1 = 1',
    );
    const wide = await collect(source, await source.describe(spec(bed, { table: 'wide' })), { columns });
    expect(wide.rows[0]!.map(Number)).toEqual(columns.map((_, i) => i));
    const view = await collect(source, await source.describe(spec(bed, { table: 'wide_view' })), { columns: ['last'] });
    expect(view.rows.map((row) => row.map(Number))).toEqual([[299]]);

    const megabyte = name === 'sqlite' ? "replace(hex(zeroblob(524288)), '0', 'x')" : "repeat('x', 1048576)";
    await generated(
      'heavy',
      `id int PRIMARY KEY, at ${bed.timeType}, body ${bed.longTextType}`,
      `n, ${bed.time('2026-01-01 10:00:00.000000')}, ${megabyte}`,
      12,
    );
    const heavy = await collect(source, await source.describe(spec(bed, { table: 'heavy' })), {
      columns: ['body'],
      pageSize: 5,
    });
    expect(heavy.pages.map((page) => page.rows.length)).toEqual([5, 5, 2]);
    expect(heavy.rows.every((row) => String(row[0]).length === 1_048_576)).toBe(true);
  });
});

async function serverIsMariadb(bed: Bed): Promise<boolean> {
  const source = await openBed(bed);
  const query = {
    query: 'SELECT 1 AS id, VERSION() AS version',
    primaryKey: ['id'],
    cursor: 'id',
    onNull: 'error' as const,
  };
  const { rows } = await collect(source, await source.describe(query), { columns: ['version'] });
  await source.close();
  return String(rows[0]?.[0]).includes('MariaDB');
}
