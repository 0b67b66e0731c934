/** What is said of a mapping that HubSpot cannot serve, and what `where` becomes. */
import { describe, expect, it } from 'vitest';
import { contacts, DAY, openBed, rowsOf } from './bed.ts';

describe('a table', () => {
  it('that there is not, or a cursor or key that cannot be paged by, is refused with what is meant', async () => {
    const { source, portal } = await openBed();
    portal.define('2-77', { colour: 'string' });
    const refused = (more: object) => expect(source.describe(contacts(more))).rejects;
    await refused({ table: 'contact' }).toMatchObject({ code: 'unknown-table', hint: 'did you mean "contacts"?' });
    await refused({ table: 'carz' }).toMatchObject({ code: 'unknown-table', hint: 'did you mean "cars"?' });
    await refused({ table: undefined, query: 'SELECT 1' }).toMatchObject({ code: 'source-query-failed' });
    await refused({ cursor: 'lastmodifeddate' }).toMatchObject({
      code: 'unknown-column',
      hint: 'did you mean "lastmodifieddate"?',
    });
    await refused({ cursor: 'email' }).toMatchObject({
      code: 'cursor-type',
      hint: 'use the time of the last change: lastmodifieddate',
    });
    await refused({ primaryKey: ['email'] }).toMatchObject({
      code: 'cursor-type',
      hint: 'source.primary_key: hs_object_id',
    });
  });

  it('of a custom object is known by its name, its full name and its id', async () => {
    const { source, portal } = await openBed();
    portal.define('2-77', { colour: 'string' });
    portal.put('2-77', [{ id: 3, properties: { colour: 'red' } }], DAY);
    for (const table of ['cars', 'p4711_cars', '2-77']) {
      const stream = await source.describe(contacts({ table, cursor: 'hs_lastmodifieddate' }));
      expect(await rowsOf(source, stream, ['hs_object_id', 'colour'])).toEqual([['3', 'red']]);
    }
  });

  it('with records that have no value in the cursor is refused, unless they are to be skipped', async () => {
    const { source, portal } = await openBed();
    portal.put('contacts', [{ id: 1, properties: { met_at: '2026-11-20T10:00:00.5Z' } }, { id: 2 }], DAY);
    await expect(source.describe(contacts({ cursor: 'met_at' }))).rejects.toMatchObject({ code: 'cursor-null' });
    const stream = await source.describe(contacts({ cursor: 'met_at', onNull: 'skip' }));
    expect(await rowsOf(source, stream, ['hs_object_id', 'met_at'])).toEqual([['1', '2026-11-20T10:00:00.500Z']]);
  });
});

describe('where', () => {
  const people = async () => {
    const bed = await openBed();
    const given = [
      { id: 1, properties: { lifecyclestage: 'customer', score: '10', email: "O'Neil@example.com", opted_in: 'true' } },
      {
        id: 2,
        properties: { lifecyclestage: 'customer', score: '9.5', met_at: '2026-11-01T00:00:00Z', opted_in: 'false' },
      },
      { id: 3, properties: { lifecyclestage: 'lead', score: '100', born: '1990-02-28' } },
    ];
    bed.portal.put('contacts', given, DAY);
    const ids = async (where: string): Promise<string> => {
      const stream = await bed.source.describe(contacts({ where }));
      return (await rowsOf(bed.source, stream, ['hs_object_id'])).map(([id]) => id).join(' ');
    };
    return { ids, source: bed.source };
  };

  it.each([
    ["lifecyclestage = 'customer'", '1 2'],
    ["lifecyclestage = 'customer' AND score > 9.5", '1'],
    ['score>=9.5 and score<=10', '1 2'],
    ["lifecyclestage IN ('lead', 'other')", '3'],
    ["email IN ('O''Neil@Example.com')", '1'],
    ["email = 'o''neil@example.com'", '1'],
    ['email IS NULL', '2 3'],
    ['email IS NOT NULL', '1'],
    ["met_at < '2026-11-02'", '2'],
    ["met_at >= '2026-11-01T00:00:00.001Z'", ''],
    ["born = '1990-02-28'", '3'],
    ['opted_in = true', '1'],
  ])('%s', async (where, expected) => {
    const { ids } = await people();
    expect(await ids(where)).toBe(expected);
  });

  it('holds for rows that are looked up by their key, and for what is counted', async () => {
    const { source } = await people();
    const stream = await source.describe(contacts({ where: 'score > 9.9' }));
    expect(await source.readKeys(stream, ['hs_object_id'], [['1'], ['2']])).toEqual([['1']]);
    expect(await source.countRows(stream, {})).toBe(2);
    expect(await source.countUpTo(stream, 1)).toBe(2);
  });

  it.each([
    "lifecyclestage = 'customer' OR score > 1",
    "lifecyclestage != 'customer'",
    "(lifecyclestage = 'customer')",
    "email LIKE '%@example.com'",
    "email = 'open",
    'email = bare',
    'score = ten',
    'score = 1 score = 2',
    'AND',
    '',
    "met_at = 'yesterday'",
    'opted_in = 1',
    'score > 1 AND score > 2 AND score > 3 AND score > 4',
  ])('%s is refused, with a word of `filter:` and without what it holds', async (where) => {
    const { ids } = await people();
    const error = await ids(where).then(
      () => undefined,
      (reason: unknown) => reason as { code: string; message: string; hint: string },
    );
    expect(error).toMatchObject({ code: 'source-query-failed', hint: expect.stringContaining('`filter:`') });
    expect(error?.message).not.toMatch(/customer|yesterday|ten\b|bare/);
  });

  it('of a property that there is not says which is meant', async () => {
    const { ids } = await people();
    await expect(ids("lifecycle_stage = 'x'")).rejects.toMatchObject({
      code: 'unknown-column',
      hint: 'did you mean "lifecyclestage"?',
    });
  });
});
