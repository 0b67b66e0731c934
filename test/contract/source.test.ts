import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Position, Row, Source, Stream } from '../../connectors/connector.ts';
import { openSession as openMysql } from '../../connectors/mysql/session.ts';
import { openSession as openPostgres } from '../../connectors/postgres/session.ts';
import { serverAddress } from '../../connectors/sql/server-options.ts';
import { openSession as openSqlite } from '../../connectors/sqlite/session.ts';
import { type Bed, collect, mysqlBed, openBed, postgresBed, spec, sqliteBed } from './source-beds.ts';

const day = (n: number, micros = 0): string =>
  `2026-01-${String(n).padStart(2, '0')} 10:00:00.${String(micros).padStart(6, '0')}`;

describe.each([
  ['postgres', postgresBed('source_contract')],
  ['mysql', mysqlBed('source_contract')],
  ['sqlite', sqliteBed()],
] as const)('a source: %s', (name, bed: Bed) => {
  let source: Source;

  beforeAll(async () => {
    await bed.setUp();
    await bed.execute(
      `CREATE TABLE events (id bigint PRIMARY KEY, at ${bed.timeType}, label ${bed.textType})`,
      // 60 rows on 12 timestamps, one microsecond apart; ids run against the time.
      `INSERT INTO events VALUES ${Array.from({ length: 60 }, (_, i) => `(${1000 - i}, ${bed.time(day(1, Math.floor(i / 5)))}, 'row ${i}')`).join(', ')}`,
      'CREATE INDEX events_at ON events (at, id)',
    );
    source = await openBed(bed);
  });

  afterAll(async () => {
    await source.close();
    await bed.tearDown();
  });

  const events = (): Promise<Stream> => source.describe(spec(bed, { table: 'events' }));
  const ids = (rows: readonly Row[]): string[] => rows.map((row) => String(row[0]));

  async function table(tableName: string, columns: string, rows: readonly string[]): Promise<void> {
    await bed.execute(
      `DROP TABLE IF EXISTS ${bed.quote(tableName)}`,
      `CREATE TABLE ${bed.quote(tableName)} (${columns})`,
      ...(rows.length === 0 ? [] : [`INSERT INTO ${bed.quote(tableName)} VALUES ${rows.join(', ')}`]),
    );
  }

  it('describes columns with kind, type and whether they may be NULL', async () => {
    const { columns, cursorUnit, cursorColumn } = await events();
    expect(columns.map((column) => column.name)).toEqual(['id', 'at', 'label']);
    expect(columns[0]).toMatchObject({ kind: 'integer' });
    expect(cursorColumn.kind).toBe(name === 'sqlite' ? 'timestamp' : 'timestamptz');
    expect(cursorColumn.nullable).toBe(true);
    expect(columns[2]).toMatchObject({ kind: 'text' });
    expect(cursorUnit).toBe('time');
  });

  it('reads every row once, in (cursor, key) order, whatever the page size, and restarts from the end of any page', async () => {
    const stream = await events();
    const whole = await collect(source, stream, { columns: ['id', 'label'] });
    expect(whole.rows).toHaveLength(60);
    const expected = Array.from({ length: 60 }, (_, i) => i).sort(
      (a, b) => Math.floor(a / 5) - Math.floor(b / 5) || b - a,
    );
    expect(whole.rows.map((row) => row[1])).toEqual(expected.map((i) => `row ${i}`));
    for (let pageSize = 1; pageSize <= 7; pageSize += 1) {
      const { rows, pages } = await collect(source, stream, { columns: ['id', 'label'], pageSize });
      expect(rows).toEqual(whole.rows);
      expect(pages.every((page) => page.rows.length > 0 && page.rows.length <= pageSize)).toBe(true);
      const { end } = pages[2]!;
      const again = await collect(source, stream, { columns: ['id', 'label'], after: end, pageSize: 1000 });
      expect(again.rows).toEqual(whole.rows.slice(3 * pageSize));
    }
  });

  it('gives the cells asked for, in that order, whether or not cursor and key are among them', async () => {
    const stream = await events();
    const bare = await collect(source, stream, { columns: ['label'], pageSize: 4 });
    expect(bare.rows.every((row) => row.length === 1)).toBe(true);
    const mixed = await collect(source, stream, { columns: ['at', 'label', 'id'], pageSize: 4 });
    expect(mixed.rows.map((row) => [row[1]])).toEqual(bare.rows);
    expect(mixed.pages.map((page) => page.end)).toEqual(bare.pages.map((page) => page.end));
    const last = mixed.pages.at(-1)!;
    expect(last.end).toEqual({ cursor: String(last.rows.at(-1)![0]), key: [String(last.rows.at(-1)![2])] });
    expect(last.end.cursor).toContain('10:00:00.000011');
  });

  it('holds the bounds exactly: from is inclusive, before exclusive, after and upTo split the rows without overlap', async () => {
    const stream = await events();
    const whole = await collect(source, stream, { columns: ['id'], pageSize: 1 });
    const middle = whole.pages[29]!.end;
    const inclusive = await collect(source, stream, { columns: ['id'], from: middle.cursor });
    expect(inclusive.rows).toHaveLength(35);
    const exclusive = await collect(source, stream, { columns: ['id'], before: middle.cursor });
    expect(exclusive.rows).toHaveLength(25);
    const window = await collect(source, stream, { columns: ['id'], from: middle.cursor, upTo: middle, pageSize: 2 });
    expect(window.rows).toHaveLength(5);
    const until = await collect(source, stream, { columns: ['id'], after: whole.pages[9]!.end, before: middle.cursor });
    expect(until.rows).toHaveLength(15);
  });

  it('partitions random ties by upTo and after, at any position', async () => {
    const stream = await (async () => {
      await table('ties', `id bigint PRIMARY KEY, at ${bed.timeType}`, []);
      const values = fc.sample(fc.integer({ min: 0, max: 6 }), { numRuns: 80, seed: 42 });
      await bed.execute(
        `INSERT INTO ties VALUES ${values.map((tie, id) => `(${id}, ${bed.time(day(2, tie))})`).join(', ')}`,
      );
      return source.describe(spec(bed, { table: 'ties' }));
    })();
    const whole = await collect(source, stream, { columns: ['id'], pageSize: 1 });
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 79 }), fc.integer({ min: 1, max: 9 }), async (at, pageSize) => {
        const position: Position = whole.pages[at]!.end;
        const low = await collect(source, stream, { columns: ['id'], upTo: position, pageSize });
        const high = await collect(source, stream, { columns: ['id'], after: position, pageSize });
        expect([...ids(low.rows), ...ids(high.rows)]).toEqual(ids(whole.rows));
        expect(low.rows).toHaveLength(at + 1);
      }),
      { numRuns: 30 },
    );
  });

  it('pages over a composite key of text and number', async () => {
    const rows = ['a', 'b', 'Ünïcode ✓', "it's"].flatMap((shop) =>
      [1, 2, 3].map((no) => `('${shop.replaceAll("'", "''")}', ${no}, ${bed.time(day(3))})`),
    );
    await table(
      'sales',
      `shop ${bed.textType} NOT NULL, no bigint NOT NULL, at ${bed.timeType}, PRIMARY KEY (shop, no)`,
      rows,
    );
    const stream = await source.describe(spec(bed, { table: 'sales', primaryKey: ['shop', 'no'] }));
    const whole = await collect(source, stream, { columns: ['shop', 'no'] });
    expect(whole.rows).toHaveLength(12);
    for (const pageSize of [1, 2, 5]) {
      expect((await collect(source, stream, { columns: ['shop', 'no'], pageSize })).rows).toEqual(whole.rows);
    }
    const [shop, no] = whole.pages[0]!.end.key;
    expect([shop, no]).toEqual(whole.rows.at(-1)!.map(String));
  });

  it('reads rows by their key, whatever their cursor, and leaves out what is not there or not let through', async () => {
    await table('keyed', `id bigint PRIMARY KEY, at ${bed.timeType}, label ${bed.textType}`, [
      `(1, ${bed.time(day(1))}, 'one')`,
      `(9007199254740993, ${bed.time(day(2))}, 'big')`,
      `(3, NULL, 'no cursor')`,
      `(0, ${bed.time(day(3))}, 'zero')`,
    ]);
    const stream = await source.describe(spec(bed, { table: 'keyed', onNull: 'skip' }));
    const read = async (...keys: string[]): Promise<string[]> =>
      (
        await source.readKeys(
          stream,
          ['label', 'id'],
          keys.map((key) => [key]),
        )
      )
        .map((row) => `${row[1]} ${row[0]}`)
        .sort();
    expect(await read('1', '9007199254740993', '3', '77')).toEqual(['1 one', '3 no cursor', '9007199254740993 big']);
    expect(await read()).toEqual([]);
    // Texts that no row can have as its key: MySQL would take the first for a zero.
    expect(await read('x', '', '1e3', '99999999999999999999', "1' OR '1'='1")).toEqual([]);
    const narrowed = await source.describe(spec(bed, { table: 'keyed', onNull: 'skip', where: "label <> 'one'" }));
    expect(await source.readKeys(narrowed, ['label'], [['1'], ['0']])).toEqual([['zero']]);
    const many = Array.from({ length: 450 }, (_, n) => [String(n)]);
    expect(await source.readKeys(stream, ['label'], many)).toHaveLength(3);
  });

  it('reads the keyed rows of a range only, bounds as exact as those of a page', async () => {
    const stream = await events();
    const { pages } = await collect(source, stream, { columns: ['id'], pageSize: 1 });
    const keys = pages.map(({ end }) => end.key);
    const middle = pages[29]!.end;
    const count = async (within: Parameters<Source['readKeys']>[3]): Promise<number> =>
      (await source.readKeys(stream, ['id'], keys, within)).length;
    expect(await count({ after: middle })).toBe(30);
    expect(await count({ upTo: middle })).toBe(30);
    expect(await count({ from: middle.cursor })).toBe(35);
    expect(await count({ before: middle.cursor })).toBe(25);
    expect(await count({})).toBe(60);
  });

  it('reads rows by a key of several columns, and by a key of text', async () => {
    await table(
      'pairs',
      `shop ${bed.textType} NOT NULL, no bigint NOT NULL, at ${bed.timeType}, PRIMARY KEY (shop, no)`,
      [`('a', 1, ${bed.time(day(3))})`, `('a', 2, ${bed.time(day(3))})`, `('b''?', 2, ${bed.time(day(3))})`],
    );
    const stream = await source.describe(spec(bed, { table: 'pairs', primaryKey: ['shop', 'no'] }));
    const keys = [
      ['a', '2'],
      ["b'?", '2'],
      ['b', '1'],
      ['a', 'x'],
    ];
    const rows = await source.readKeys(stream, ['shop', 'no'], keys);
    expect(rows.map((row) => row.map(String)).sort()).toEqual([
      ['a', '2'],
      ["b'?", '2'],
    ]);
    const texts = await source.describe(spec(bed, { table: 'pairs', primaryKey: ['shop'] }));
    expect(await source.readKeys(texts, ['no'], [["b'?"], ['c']])).toHaveLength(1);
  });

  it('reads rows by a key of bytes, with and without the sign before the digits', async () => {
    const type = { postgres: 'bytea', mysql: 'varbinary(16)', sqlite: 'BLOB' }[name];
    const literal = name === 'postgres' ? "'\\x00ff'" : "x'00ff'";
    await table('hashes', `id ${type} PRIMARY KEY, at ${bed.timeType}`, [`(${literal}, ${bed.time(day(3))})`]);
    const stream = await source.describe(spec(bed, { table: 'hashes' }));
    for (const key of ['00ff', '\\x00ff']) expect(await source.readKeys(stream, ['id'], [[key]])).toHaveLength(1);
    expect(await source.readKeys(stream, ['id'], [['00fe'], ['not hex'], ['0']])).toEqual([]);
  });

  it('follows a whole-number cursor beyond 2^53 exactly, and ends it at the largest value plus one', async () => {
    const big = [9007199254740991n, 9007199254740992n, 9007199254740993n, 9007199254740994n];
    await table(
      'counters',
      'id bigint PRIMARY KEY',
      big.map((value) => `(${value})`),
    );
    const stream = await source.describe(spec(bed, { table: 'counters', cursor: 'id' }));
    expect(stream.cursorUnit).toBe('number');
    const { rows } = await collect(source, stream, { columns: ['id'], pageSize: 1 });
    expect(ids(rows)).toEqual(big.map(String));
    expect((await source.horizon(stream, 60)).before).toBe('9007199254740995');
    expect(await source.shiftBack(stream, '9007199254740993', 2)).toBe('9007199254740991');
    expect((await collect(source, stream, { columns: ['id'], from: '9007199254740993' })).rows).toHaveLength(2);
    await expect(source.cursorAt(stream, '2026-01-01T00:00:00Z')).rejects.toMatchObject({ code: 'cursor-type' });
    await bed.execute('DELETE FROM counters');
    expect((await source.horizon(await source.describe(stream.spec), 0)).before).toBeUndefined();
  });

  it('keeps rows newer than the lag, and rows of the future, out of the horizon', async () => {
    const ago = (seconds: number): string =>
      new Date(Date.now() - seconds * 1000).toISOString().replace('T', ' ').replace('Z', '000');
    await table('recent', `id bigint PRIMARY KEY, at ${bed.timeType}`, [
      `(1, ${bed.time(ago(600))})`,
      `(2, ${bed.time(ago(120))})`,
      `(3, ${bed.time(ago(20))})`,
      `(4, ${bed.time(ago(-86_400 * 300))})`,
    ]);
    const stream = await source.describe(spec(bed, { table: 'recent' }));
    const horizon = await source.horizon(stream, 60);
    expect(Math.abs(Date.parse(horizon.now) - Date.now())).toBeLessThan(5000);
    expect(horizon.now).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    expect(ids((await collect(source, stream, { columns: ['id'], before: horizon.before! })).rows)).toEqual(['1', '2']);
    const none = await source.horizon(stream, 0);
    expect(ids((await collect(source, stream, { columns: ['id'], before: none.before! })).rows)).toEqual([
      '1',
      '2',
      '3',
    ]);
  });

  it('shifts a cursor back without losing its microseconds, and places an instant', async () => {
    const stream = await events();
    const { pages } = await collect(source, stream, { columns: ['id'], pageSize: 1 });
    const last = pages.at(-1)!.end.cursor;
    expect(await source.shiftBack(stream, last, 90)).toContain('2026-01-01 09:58:30.000011');
    expect(await source.shiftBack(stream, last, 7 * 86_400)).toContain('2025-12-25 10:00:00.000011');
    const from = await source.cursorAt(stream, '2026-01-01T10:00:00.000008Z');
    expect((await collect(source, stream, { columns: ['id'], from })).rows).toHaveLength(20);
    expect(await source.countRows(stream, { from })).toBe(20);
  });

  it('refuses a NULL cursor, or leaves its rows out when told to', async () => {
    await table('gaps', `id bigint PRIMARY KEY, at ${bed.timeType}`, [`(1, NULL)`, `(2, ${bed.time(day(4))})`]);
    await expect(source.describe(spec(bed, { table: 'gaps' }))).rejects.toMatchObject({
      name: 'SourceError',
      code: 'cursor-null',
    });
    const stream = await source.describe(spec(bed, { table: 'gaps', onNull: 'skip' }));
    expect(ids((await collect(source, stream, { columns: ['id'] })).rows)).toEqual(['2']);
    const narrowed = await source.describe(spec(bed, { table: 'gaps', where: 'id > 1' }));
    expect(ids((await collect(source, narrowed, { columns: ['id'] })).rows)).toEqual(['2']);
    await expect(
      source.describe(spec(bed, { query: 'SELECT * FROM gaps', cursor: 'id', primaryKey: ['at'] })),
    ).rejects.toMatchObject({
      code: 'cursor-null',
    });
  });

  it('reads unicode and a megabyte of text unharmed', async () => {
    const odd = 'Zoë ☃ 漢字 🎉 \\ "quoted" ?';
    const literal = name === 'mysql' ? odd.replaceAll('\\', '\\\\') : odd;
    await table('texts', `id bigint PRIMARY KEY, at ${bed.timeType}, body ${bed.longTextType}`, [
      `(1, ${bed.time(day(5))}, '${literal}')`,
      `(2, ${bed.time(day(5))}, '${'x'.repeat(1024 * 1024)}')`,
      `(3, ${bed.time(day(5))}, NULL)`,
    ]);
    const { rows } = await collect(source, await source.describe(spec(bed, { table: 'texts' })), { columns: ['body'] });
    expect(rows[0]![0]).toBe(odd);
    expect(String(rows[1]![0])).toHaveLength(1024 * 1024);
    expect(rows[2]![0]).toBeNull();
  });

  it('takes mixed-case, reserved and hostile names as they are', async () => {
    const q = bed.quote;
    await bed.execute(
      `DROP TABLE IF EXISTS ${q('Order')}`,
      `CREATE TABLE ${q('Order')} (${q('Id')} bigint PRIMARY KEY, ${q('select')} ${bed.timeType}, ${q('odd "name" ? `x`; --')} ${bed.textType})`,
      `INSERT INTO ${q('Order')} VALUES (1, ${bed.time(day(6))}, 'one'), (2, ${bed.time(day(6))}, 'two')`,
    );
    const stream = await source.describe(spec(bed, { table: 'Order', primaryKey: ['Id'], cursor: 'select' }));
    const { rows } = await collect(source, stream, { columns: ['odd "name" ? `x`; --'], pageSize: 1 });
    expect(rows).toEqual([['one'], ['two']]);
  });

  it('takes a `where` with question marks, comments and a semicolon, and refuses one that would reach outside itself', async () => {
    await table('marks', `id bigint PRIMARY KEY, at ${bed.timeType}, label ${bed.textType}`, [
      `(1, ${bed.time(day(7))}, 'what?')`,
      `(2, ${bed.time(day(7))}, 'no')`,
      `(3, ${bed.time(day(7))}, 'why ??')`,
    ]);
    const read = async (where: string): Promise<string[]> => {
      const stream = await source.describe(spec(bed, { table: 'marks', where }));
      return ids((await collect(source, stream, { columns: ['id'], pageSize: 1 })).rows);
    };
    expect(await read("label = 'what?' -- really?")).toEqual(['1']);
    expect(await read("label LIKE '%?' OR label = 'no' /* ? */;")).toEqual(['1', '2', '3']);
    expect(await read("label LIKE '%??'")).toEqual(['3']);
    for (const where of ['id = 1) OR (1 = 1', 'id = 1 LIMIT 1', 'id = 1; SELECT 1', 'id = ']) {
      await expect(read(where)).rejects.toMatchObject({ name: 'SourceError', code: 'source-query-failed' });
    }
    await expect(read('nonsuch = 1')).rejects.toMatchObject({ code: 'unknown-column' });
  });

  it('reads a query as if it were a table', async () => {
    const query = "SELECT e.id, e.at, e.label AS name, 'a?' AS mark FROM events e WHERE e.id > 990 -- newest?";
    for (const text of [query, `${query.replace(/ --.*/, '')};\n`]) {
      const stream = await source.describe(spec(bed, { query: text, where: "name <> 'row 3'" }));
      expect(stream.columns.map((column) => column.name)).toEqual(['id', 'at', 'name', 'mark']);
      const { rows } = await collect(source, stream, { columns: ['name', 'mark'], pageSize: 3 });
      expect(rows).toHaveLength(9);
      expect(rows[0]).toEqual(['row 4', 'a?']);
    }
    const twice = 'SELECT id, at, id AS id FROM events';
    // SQLite tells the second one apart by itself: `id:1`.
    if (name !== 'sqlite')
      await expect(source.describe(spec(bed, { query: twice }))).rejects.toMatchObject({ name: 'SourceError' });
    await expect(source.describe(spec(bed, { query: 'SELEC 1' }))).rejects.toMatchObject({
      code: 'source-query-failed',
    });
  });

  it('names an unknown table or column and what was probably meant', async () => {
    await expect(source.describe(spec(bed, { table: 'event' }))).rejects.toMatchObject({
      code: 'unknown-table',
      hint: 'did you mean "events"?',
    });
    await expect(source.describe(spec(bed, { table: 'events', cursor: 'att' }))).rejects.toMatchObject({
      code: 'unknown-column',
      hint: 'did you mean "at"?',
    });
    await expect(source.describe(spec(bed, { table: 'events', primaryKey: ['ID'] }))).rejects.toMatchObject({
      code: 'unknown-column',
      hint: 'did you mean "id"?',
    });
    const nothing = collect(source, await events(), { columns: ['nonsuch'] });
    await expect(nothing).rejects.toMatchObject({ code: 'unknown-column' });
  });

  it('refuses a cursor that does not order rows exactly', async () => {
    await table('odd', `id bigint PRIMARY KEY, weight double precision, label ${bed.textType}, day date`, [
      `(1, 1.5, 'x', '2026-01-01')`,
    ]);
    const code = (cursor: string) =>
      expect(source.describe({ table: 'odd', primaryKey: ['id'], cursor, onNull: 'error' })).rejects;
    await code('weight').toMatchObject({ code: 'cursor-type' });
    await code('label').toMatchObject({ code: name === 'sqlite' ? 'cursor-format' : 'cursor-type' });
    await code('day').toMatchObject({ code: 'cursor-timezone' });
    await expect(source.describe(spec(bed, { table: 'events', timezone: 'Mars/Olympus' }))).rejects.toMatchObject({
      code: 'cursor-timezone',
    });
  });

  it('reads whole days only once they are over', async () => {
    const offset = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    await table('days', 'id bigint PRIMARY KEY, day date', [
      `(1, '${offset(-2)}')`,
      `(2, '${offset(0)}')`,
      `(3, '${offset(2)}')`,
    ]);
    const stream = await source.describe({
      table: 'days',
      primaryKey: ['id'],
      cursor: 'day',
      onNull: 'error',
      timezone: 'UTC',
    });
    const { before } = await source.horizon(stream, 0);
    expect(ids((await collect(source, stream, { columns: ['id'], before: before! })).rows)).toEqual(['1']);
    expect(await source.shiftBack(stream, '2026-03-02', 600)).toBe('2026-03-01');
    expect(await source.cursorAt(stream, '2026-03-02T23:59:59Z')).toBe('2026-03-02');
  });

  it('stops between pages when aborted', async () => {
    const stream = await events();
    const controller = new AbortController();
    let pages = 0;
    for await (const page of source.readPages(stream, { columns: ['id'], pageSize: 10 }, controller.signal)) {
      expect(page.rows).toHaveLength(10);
      pages += 1;
      if (pages === 2) controller.abort();
    }
    expect(pages).toBe(2);
  });

  it('cannot write', async () => {
    const options = bed.options();
    const session =
      name === 'sqlite'
        ? await openSqlite(String(options.filename))
        : name === 'postgres'
          ? await openPostgres(serverAddress(options, 'test', 5432, '/'), 1, 30)
          : await openMysql(serverAddress(options, 'test', 3306, '/'), 1, 30);
    try {
      for (const statement of [
        "UPDATE events SET label = 'x'",
        'DELETE FROM events',
        'CREATE TABLE nonsuch (id int)',
      ]) {
        await expect(session.run([statement], 'write')).rejects.toMatchObject({ name: 'SourceError' });
      }
      await expect(session.run(["UPDATE events SET label = 'x' WHERE id = 1000"], 'write')).rejects.toMatchObject(
        name === 'sqlite' ? { name: 'SourceError' } : { code: 'source-permission' },
      );
    } finally {
      await session.close();
    }
    const { rows } = await collect(source, await events(), { columns: ['label'] });
    expect(rows.filter((row) => row[0] === 'x')).toHaveLength(0);
  });

  it('tells an unreachable source from a refused login, and never repeats the password', async () => {
    const password = 'hunter2-s3cret';
    const attempts: [Record<string, unknown>, string][] =
      name === 'sqlite'
        ? [
            [{ filename: '/nonexistent/folder/x.db' }, 'source-unreachable'],
            [{ filename: '/nonexistent.db' }, 'source-unreachable'],
            [{ filename: '/etc/passwd' }, 'source-unreachable'],
          ]
        : [
            [{ ...bed.options(), password }, 'source-login-failed'],
            [{ ...bed.options(), database: 'nonsuch' }, 'source-login-failed'],
            [{ ...bed.options(), password, port: 9 }, 'source-unreachable'],
            [{ host: 'nonsuch.invalid', user: 'me', password, database: 'x' }, 'source-unreachable'],
            [{ ...bed.options(), password, tls: 'verify' }, 'source-tls'],
          ];
    for (const [options, code] of attempts) {
      const broken = await openBed(bed, options);
      const error = await broken.describe(spec(bed, { table: 'events' })).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      await broken.close();
      expect(error).toMatchObject({ name: 'SourceError', code });
      const { message, hint, stack } = error as { message: string; hint?: string; stack?: string };
      expect(inspect({ message, hint, stack })).not.toContain(password);
    }
  });
});
