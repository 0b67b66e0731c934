/** Stages as rows: each change of a property, with what the record and its contact are now. */
import { expect, it } from 'vitest';
import { DAY, openBed, pagesOf, rowsOf, stages } from './bed.ts';

const iso = (ms: number): string => new Date(ms).toISOString();

it('makes a row of every change, oldest first, also of those between two readings', async () => {
  const { portal, source } = await openBed();
  portal.put('contacts', [{ id: 5, properties: { lifecyclestage: 'lead', email: 'old@example.com' } }], DAY);
  portal.put('contacts', [{ id: 5, properties: { lifecyclestage: 'customer' } }], DAY + 1_500);
  portal.put('contacts', [{ id: 5, properties: { lifecyclestage: 'lead' } }], DAY + 2_000);
  portal.put('contacts', [{ id: 5, properties: { lifecyclestage: '', email: 'ada@example.com' } }], DAY + 9_000);
  portal.put('contacts', [{ id: 6, properties: { email: 'none@example.com' } }], DAY + 9_500);
  const stream = await source.describe(stages('contacts.lifecyclestage.history'));
  const columns = ['change_id', 'changed_at', 'changed_to', 'change_source', 'lastmodifieddate', 'email'];
  expect(await rowsOf(source, stream, columns)).toEqual([
    [`5-lifecyclestage-${DAY}`, iso(DAY), 'lead', 'CRM_UI', iso(DAY + 9_000), 'ada@example.com'],
    [`5-lifecyclestage-${DAY + 1_500}`, iso(DAY + 1_500), 'customer', 'CRM_UI', iso(DAY + 9_000), 'ada@example.com'],
    [`5-lifecyclestage-${DAY + 2_000}`, iso(DAY + 2_000), 'lead', 'CRM_UI', iso(DAY + 9_000), 'ada@example.com'],
    [`5-lifecyclestage-${DAY + 9_000}`, iso(DAY + 9_000), null, 'CRM_UI', iso(DAY + 9_000), 'ada@example.com'],
  ]);
});

it('goes on within the changes of one record, and finds single changes by their key', async () => {
  const { portal, source } = await openBed();
  for (let id = 1; id <= 120; id += 1) {
    for (const [n, stage] of ['subscriber', 'lead', 'customer'].entries())
      portal.put('contacts', [{ id, properties: { lifecyclestage: stage } }], DAY + id * 10 + n);
  }
  const stream = await source.describe(stages('contacts.lifecyclestage.history'));
  const range = { columns: ['change_id'], pageSize: 50 };
  const pages = await pagesOf(source, stream, range);
  expect(pages.flatMap(({ rows }) => rows)).toHaveLength(360);
  expect(new Set(pages.flatMap(({ rows }) => rows.map(([id]) => id))).size).toBe(360);
  for (const [n, { end }] of pages.entries()) {
    expect(await pagesOf(source, stream, { ...range, after: end })).toEqual(pages.slice(n + 1));
    const again = await pagesOf(source, stream, { columns: ['change_id'], upTo: end });
    expect(again.flatMap(({ rows }) => rows)).toEqual(pages.slice(0, n + 1).flatMap(({ rows }) => rows));
  }
  const keys = [
    [`7-lifecyclestage-${DAY + 71}`],
    [`7-lifecyclestage-${DAY + 75}`],
    [`8-lifecyclestage-${DAY + 80}`],
    ['8'],
    [`8-other-${DAY + 80}`],
  ];
  expect(await source.readKeys(stream, ['change_id'], keys)).toEqual([
    [`7-lifecyclestage-${DAY + 71}`],
    [`8-lifecyclestage-${DAY + 80}`],
  ]);
});

it('adds the primary contact to a deal: the one labelled so, else the one that came first; none where it is archived', async () => {
  const { portal, source } = await openBed();
  portal.put(
    'contacts',
    [21, 22, 23, 101].map((id) => ({ id, properties: { email: `c${id}@example.com`, phone: `+1 415 555 0${id}` } })),
    DAY,
  );
  portal.put(
    'deals',
    [1, 2, 3, 4].map((id) => ({ id, properties: { dealstage: 'new' } })),
    DAY + 1,
  );
  portal.associate('deals', 1, 101);
  portal.associate('deals', 1, 22);
  portal.associate('deals', 2, 21);
  portal.associate('deals', 2, 101, 'Primary');
  portal.associate('deals', 3, 23);
  portal.archive('contacts', 23);
  const stream = await source.describe(stages('deals.dealstage.history', 'hs_lastmodifieddate'));
  expect(
    await rowsOf(source, stream, [
      'hs_object_id',
      'changed_to',
      'contact_email',
      'contact_phone',
      'contact_hs_object_id',
    ]),
  ).toEqual([
    ['1', 'new', 'c22@example.com', '+1 415 555 022', '22'],
    ['2', 'new', 'c101@example.com', '+1 415 555 0101', '101'],
    ['3', 'new', null, null, null],
    ['4', 'new', null, null, null],
  ]);
  const deals = await source.describe({
    table: 'deals',
    primaryKey: ['hs_object_id'],
    cursor: 'hs_lastmodifieddate',
    onNull: 'error',
  });
  expect(await rowsOf(source, deals, ['contact_email', 'dealstage'])).toEqual([
    ['c22@example.com', 'new'],
    ['c101@example.com', 'new'],
    [null, 'new'],
    [null, 'new'],
  ]);
});

it('refuses two changes of one time, which no order tells apart', async () => {
  const { portal, source } = await openBed();
  portal.put('contacts', [{ id: 5, properties: { lifecyclestage: 'lead' } }], DAY);
  portal.put('contacts', [{ id: 5, properties: { lifecyclestage: 'customer' } }], DAY);
  const stream = await source.describe(stages('contacts.lifecyclestage.history'));
  await expect(rowsOf(source, stream, ['change_id'])).rejects.toMatchObject({ code: 'key-not-unique' });
});

it('is refused without the key that a change has, and for a property that there is not', async () => {
  const { source } = await openBed();
  const table = 'contacts.lifecyclestage.history';
  await expect(source.describe({ ...stages(table), primaryKey: ['hs_object_id'] })).rejects.toMatchObject({
    code: 'cursor-type',
    hint: 'source.primary_key: change_id',
  });
  await expect(source.describe(stages('contacts.livecyclestage.history'))).rejects.toMatchObject({
    code: 'unknown-column',
    hint: 'did you mean "lifecyclestage"?',
  });
  await expect(source.describe(stages('contacts.lifecyclestage'))).rejects.toMatchObject({
    code: 'unknown-table',
    hint: 'did you mean "contacts.lifecyclestage.history"?',
  });
});
