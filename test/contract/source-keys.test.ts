/** Keys that are not unique: the reading stops before a page ends between two rows that it could not tell apart. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page, ReadSpec, Source } from '../../connectors/connector.ts';
import { type Bed, collect, mysqlBed, openBed, postgresBed, spec, sqliteBed } from './source-beds.ts';

const PAGE_SIZES = [1, 2, 3, 4, 5, 6, 7, 100];

describe.each([
  ['postgres', postgresBed('source_keys')],
  ['mysql', mysqlBed('source_keys')],
  ['sqlite', sqliteBed()],
] as const)('a source: %s', (name, bed: Bed) => {
  let source: Source;
  const at = (second: number): string => bed.time(`2026-01-01 10:00:0${second}.000000`);

  beforeAll(async () => {
    await bed.setUp();
    source = await openBed(bed);
  });
  afterAll(async () => {
    await source.close();
    await bed.tearDown();
  });

  /** What came before the reading ended, and how it ended. */
  async function read(more: Partial<ReadSpec>, pageSize: number): Promise<{ ids: string[]; error: unknown }> {
    const stream = await source.describe(spec(bed, more));
    const ids: string[] = [];
    const range = { columns: ['tag'], pageSize };
    try {
      for await (const page of source.readPages(stream, range, new AbortController().signal))
        ids.push(...page.rows.map(([tag]) => String(tag)));
      return { ids, error: undefined };
    } catch (error) {
      return { ids, error };
    }
  }

  it('stops before two rows of one cursor and key, in a table, a view and a query, at any size of page', async () => {
    await bed.execute(
      `CREATE TABLE items (id int, at ${bed.timeType}, tag int)`,
      `INSERT INTO items VALUES (1, ${at(1)}, 1), (2, ${at(2)}, 2), (4, ${at(3)}, 3), (4, ${at(3)}, 4), (5, ${at(3)}, 5), (6, ${at(4)}, 6)`,
      'CREATE VIEW items_view AS SELECT id, at, tag FROM items',
    );
    for (const what of [{ table: 'items' }, { table: 'items_view' }, { query: 'SELECT id, at, tag FROM items' }])
      for (const pageSize of PAGE_SIZES) {
        const { ids, error } = await read(what, pageSize);
        expect(error).toMatchObject({ name: 'SourceError', code: 'key-not-unique' });
        // Pages before the repetition are whole; of the two rows none was given.
        expect(ids).toEqual(['1', '2'].slice(0, ids.length));
      }
    const { ids, error } = await read({ table: 'items', primaryKey: ['id', 'tag'] }, 3);
    expect(error).toBeUndefined();
    expect(ids).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('stops where a page would end between two keys that differ as text and are equal to the database', async () => {
    if (name === 'postgres')
      await bed.execute("CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
    const types = {
      postgres: [['text COLLATE no_case', "'a'", "'A'"] as const, ['numeric', '1.0', '1.00'] as const],
      mysql: [['varchar(20) COLLATE utf8mb4_general_ci', "'a'", "'A'"] as const],
      sqlite: [['TEXT COLLATE NOCASE', "'a'", "'A'"] as const, ['TEXT COLLATE RTRIM', "'a'", "'a '"] as const],
    }[name];
    for (const [nth, [type, one, other]] of types.entries()) {
      const table = `alike_${nth}`;
      await bed.execute(
        `CREATE TABLE ${table} (id ${type}, at ${bed.timeType}, tag int)`,
        `INSERT INTO ${table} VALUES (${one}, ${at(1)}, 1), (${one}, ${at(2)}, 2), (${other}, ${at(2)}, 3), (${other}, ${at(3)}, 4)`,
      );
      for (const pageSize of PAGE_SIZES) {
        const { ids, error } = await read({ table }, pageSize);
        if (pageSize === 1 || pageSize === 2) {
          expect(error).toMatchObject({ name: 'SourceError', code: 'key-not-unique' });
          expect(ids).toEqual(pageSize === 1 ? ['1'] : []);
        } else {
          // Both lie within a page: nothing is lost, and the keys are two texts.
          expect(error).toBeUndefined();
          expect([...ids].sort()).toEqual(['1', '2', '3', '4']);
        }
      }
    }
  });

  it('takes equal keys of other times, and equal times of other keys, for what they are', async () => {
    await bed.execute(
      `CREATE TABLE distinct_rows (id ${bed.textType}, at ${bed.timeType}, tag int)`,
      `INSERT INTO distinct_rows VALUES ('a', ${at(1)}, 1), ('a', ${at(2)}, 2), ('b', ${at(2)}, 3), ('c', ${at(2)}, 4), ('c', ${at(3)}, 5)`,
    );
    for (const pageSize of PAGE_SIZES) {
      const { ids, error } = await read({ table: 'distinct_rows' }, pageSize);
      expect(error).toBeUndefined();
      expect(ids).toEqual(['1', '2', '3', '4', '5']);
    }
  });

  it('says so without a value of the row', async () => {
    const { error } = await read({ table: 'alike_0' }, 2);
    expect(error).toMatchObject({
      message: 'two rows of alike_0 have the same cursor and the same key (id)',
      hint: expect.stringContaining('source.primary_key must be unique'),
    });
  });

  it('ends a page of exactly as many rows as there are, without another', async () => {
    const stream = await source.describe(spec(bed, { table: 'distinct_rows' }));
    const pages: Page[] = (await collect(source, stream, { columns: ['tag'], pageSize: 5 })).pages;
    expect(pages.map((page) => page.rows.length)).toEqual([5]);
  });
});
