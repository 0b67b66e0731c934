/** What the connector reads of a portal, and in which order, whatever the search gives. */
import { expect, it } from 'vitest';
import { contacts, DAY, openBed, pagesOf, rowsOf } from './bed.ts';

it('gives records in the order of their last change and their id, to the millisecond, and goes on from the end of any page', async () => {
  const { portal, source } = await openBed();
  // Ids run against the time, ten to a millisecond; the last millisecond is a full second, which HubSpot writes without a fraction.
  for (let n = 0; n < 60; n += 1) portal.put('contacts', [{ id: 1000 - n }], DAY + 950 + Math.floor(n / 10) * 10);
  const stream = await source.describe(contacts());
  const whole = await pagesOf(source, stream, { columns: ['hs_object_id', 'lastmodifieddate'] });
  const rows = whole.flatMap((page) => page.rows);
  expect(rows).toHaveLength(60);
  const order = rows.map(([id, at]) => `${at} ${String(id).padStart(4, '0')}`);
  expect(order).toEqual([...order].sort());
  expect(rows[0]).toEqual(['991', '2026-11-20T10:00:00.950Z']);
  expect(rows.at(-1)).toEqual(['950', '2026-11-20T10:00:01.000Z']);

  const pages = await pagesOf(source, stream, { columns: ['hs_object_id'], pageSize: 7 });
  expect(pages.map((page) => page.rows.length)).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 4]);
  for (const [n, { end }] of pages.entries()) {
    const rest = await pagesOf(source, stream, { columns: ['hs_object_id'], after: end, pageSize: 7 });
    expect(rest).toEqual(pages.slice(n + 1));
  }
});

it('keeps every bound of a range: from, before, after and up to a position', async () => {
  const { portal, source } = await openBed();
  for (let n = 0; n < 30; n += 1) portal.put('contacts', [{ id: n + 1 }], DAY + Math.floor(n / 5));
  const stream = await source.describe(contacts());
  const ids = async (range: object): Promise<string[]> =>
    (await pagesOf(source, stream, { columns: ['hs_object_id'], ...range })).flatMap(({ rows }) =>
      rows.map(([id]) => String(id)),
    );
  const at = (ms: number): string => new Date(DAY + ms).toISOString();
  const numbers = (first: number, last: number): string[] =>
    Array.from({ length: last - first + 1 }, (_, n) => String(first + n));
  expect(await ids({ from: at(2), before: at(4) })).toEqual(numbers(11, 20));
  expect(await ids({ after: { cursor: at(1), key: ['8'] }, before: at(3) })).toEqual(numbers(9, 15));
  expect(await ids({ from: at(1), upTo: { cursor: at(3), key: ['17'] } })).toEqual(numbers(6, 17));
  expect(await ids({ after: { cursor: at(3), key: ['17'] }, upTo: { cursor: at(3), key: ['19'] } })).toEqual(
    numbers(18, 19),
  );
});

it('reads 12,000 records of one millisecond, beyond the 10,000 that a search gives', async () => {
  const { portal, server, source } = await openBed();
  portal.put(
    'contacts',
    Array.from({ length: 12_000 }, (_, n) => ({ id: 50_000 + n })),
    DAY,
  );
  portal.put('contacts', [{ id: 7 }], DAY + 1);
  const stream = await source.describe(contacts());
  const rows = await rowsOf(source, stream, ['hs_object_id']);
  expect(rows.map(([id]) => Number(id))).toEqual([...Array.from({ length: 12_000 }, (_, n) => 50_000 + n), 7]);
  const searches = server.calls.filter(({ path }) => path.endsWith('/search'));
  expect(searches.every(({ body }) => body.after === undefined)).toBe(true);
});

it('holds no more than some thousands of records, whatever a range holds', async () => {
  const { portal, server, source } = await openBed();
  for (let n = 0; n < 9_000; n += 1) portal.put('contacts', [{ id: n + 1 }], DAY + n * 40);
  const stream = await source.describe(contacts());
  const before = server.calls.length;
  const seen: string[] = [];
  let searched = 0;
  const range = {
    columns: ['hs_object_id'],
    from: new Date(DAY).toISOString(),
    before: new Date(DAY + 86_400_000).toISOString(),
  };
  for await (const { rows } of source.readPages(stream, { ...range, pageSize: 1000 }, new AbortController().signal)) {
    if (seen.length === 0) searched = server.calls.length - before;
    for (const [id] of rows) seen.push(String(id));
  }
  expect(seen).toEqual(Array.from({ length: 9_000 }, (_, n) => String(n + 1)));
  // The first page was given when a window of it had been read: 4,000 records in pages of 200, and the guesses at its width.
  expect(searched).toBeLessThan(30);
});

it('loses none and repeats none where records change while they are read', async () => {
  let portal: Awaited<ReturnType<typeof openBed>>['portal'] | undefined;
  let next = 1;
  const clock = { now: DAY + 3_600_000 };
  const bed = await openBed(
    {
      onCall: ({ path }) => {
        // Between any two searches twenty records change, of all ages: an offset would shift.
        if (path.endsWith('/search'))
          portal?.put(
            'contacts',
            Array.from({ length: 20 }, () => {
              next = (next * 7919) % 3001 || 1;
              return { id: next };
            }),
            clock.now,
          );
        return undefined;
      },
    },
    {},
    () => clock.now,
  );
  portal = bed.portal;
  for (let id = 1; id <= 3_000; id += 1) portal.put('contacts', [{ id }], DAY + id);
  const stream = await bed.source.describe(contacts());
  const before = new Date(DAY + 3_600_000).toISOString();
  const first = await pagesOf(bed.source, stream, { columns: ['hs_object_id'], before });
  clock.now += 60_000;
  const second = await pagesOf(bed.source, stream, {
    columns: ['hs_object_id'],
    from: before,
    before: new Date(clock.now).toISOString(),
  });
  const ids = [...first, ...second].flatMap(({ rows }) => rows.map(([id]) => Number(id)));
  expect(new Set(first.flatMap(({ rows }) => rows.map(([id]) => id))).size).toBe(
    first.flatMap(({ rows }) => rows).length,
  );
  expect(new Set(ids).size).toBe(3_000);
});

it('leaves a record that changed since it was indexed to its new time, and does not pass over one that is older than its index', async () => {
  const clock = { now: DAY };
  const isAhead = { now: false };
  const old = { id: '2', properties: { lastmodifieddate: new Date(DAY - 5_000).toISOString() } };
  const { portal, source } = await openBed(
    {
      onCall: ({ path }) =>
        isAhead.now && path.endsWith('/search') ? { status: 200, body: { total: 1, results: [old] } } : undefined,
    },
    {},
    () => clock.now,
  );
  portal.put('contacts', [{ id: 1 }, { id: 2 }]);
  clock.now = DAY + 100_000;
  portal.setIndexLag(60_000);
  portal.put('contacts', [{ id: 1 }]);
  const stream = await source.describe(contacts());
  const range = {
    columns: ['hs_object_id'],
    from: new Date(DAY).toISOString(),
    before: new Date(DAY + 50_000).toISOString(),
  };
  const ids = async (): Promise<unknown[]> =>
    (await pagesOf(source, stream, range)).flatMap(({ rows }) => rows.map(([id]) => id));
  expect(await ids()).toEqual(['2']);
  clock.now += 60_000;
  expect(await rowsOf(source, stream, ['hs_object_id'])).toEqual([['2'], ['1']]);
  isAhead.now = true;
  await expect(ids()).rejects.toMatchObject({ code: 'source-interrupted' });
});

it('keeps the order where a record of the first window changed to the time of the last one, and the search does not know it yet', async () => {
  const clock = { now: DAY + 100_000 };
  const { portal, source } = await openBed({}, {}, () => clock.now);
  for (let n = 0; n < 5_000; n += 1) portal.put('contacts', [{ id: n + 1 }], DAY + n);
  portal.setIndexLag(60_000);
  portal.put('contacts', [{ id: 1 }], DAY + 4_990);
  const stream = await source.describe(contacts());
  const rows = await rowsOf(source, stream, ['lastmodifieddate', 'hs_object_id']);
  expect(rows.map(([, id]) => Number(id))).toEqual(Array.from({ length: 4_999 }, (_, n) => n + 2));
  clock.now += 60_000;
  const later = await rowsOf(source, stream, ['hs_object_id']);
  expect(later.slice(-11).map(([id]) => Number(id))).toEqual([1, ...Array.from({ length: 10 }, (_, n) => n + 4_991)]);
});

it('gives values as HubSpot has them: numbers digit by digit, times in UTC, nothing for an empty text', async () => {
  const { portal, source } = await openBed();
  const properties = {
    email: 'ada@example.com',
    phone: '',
    score: '12345678901234567.10',
    opted_in: 'true',
    born: '1990-02-28',
    met_at: '2026-11-20T09:00:00Z',
    meta_lead_id: '9007199254740993',
  };
  portal.put('contacts', [{ id: 12_345_678_901, properties }], DAY);
  const stream = await source.describe(contacts());
  const columns = ['hs_object_id', ...Object.keys(properties)];
  expect(await rowsOf(source, stream, columns)).toEqual([
    [
      '12345678901',
      'ada@example.com',
      null,
      '12345678901234567.10',
      'true',
      '1990-02-28',
      '2026-11-20T09:00:00.000Z',
      '9007199254740993',
    ],
  ]);
  const kinds = Object.fromEntries(stream.columns.map(({ name, kind }) => [name, kind]));
  expect(kinds).toMatchObject({
    hs_object_id: 'integer',
    email: 'text',
    phone: 'text',
    lifecyclestage: 'text',
    score: 'decimal',
    opted_in: 'boolean',
    born: 'date',
    met_at: 'timestamptz',
  });
});

it('asks for the properties by id where a search cannot name them all', async () => {
  const { portal, server, source } = await openBed();
  const names = Array.from({ length: 150 }, (_, n) => `a_property_with_a_rather_long_name_${n}`);
  portal.define('companies', Object.fromEntries(names.map((name) => [name, 'string' as const])));
  portal.put('companies', [{ id: 1, properties: { [names[149] ?? '']: 'the last' } }], DAY);
  const stream = await source.describe(contacts({ table: 'companies', cursor: 'hs_lastmodifieddate' }));
  const [row] = await rowsOf(source, stream, names);
  expect(row?.[149]).toBe('the last');
  expect(server.calls.some(({ path }) => path === '/crm/v3/objects/companies/batch/read')).toBe(true);
});

it('leaves out what is archived, and what was merged into another record comes under that one', async () => {
  const { portal, source } = await openBed();
  portal.put('contacts', [{ id: 1, properties: { email: 'a@example.com' } }, { id: 2 }, { id: 3 }], DAY);
  portal.archive('contacts', 3);
  portal.archive('contacts', 1, 2);
  portal.put('contacts', [{ id: 9, properties: { email: 'a@example.com', hs_merged_object_ids: '1;2' } }], DAY + 5);
  const stream = await source.describe(contacts());
  expect(await rowsOf(source, stream, ['hs_object_id', 'hs_merged_object_ids'])).toEqual([['9', '1;2']]);
});

it('finds rows by their keys, within a range too, and takes no text for a key that can be none', async () => {
  const { portal, source } = await openBed();
  portal.put(
    'contacts',
    Array.from({ length: 250 }, (_, n) => ({ id: n + 1 })),
    DAY,
  );
  portal.put('contacts', [{ id: 3 }], DAY + 10);
  const stream = await source.describe(contacts());
  const keys = [...Array.from({ length: 250 }, (_, n) => [String(n + 1)]), ['999'], ['007'], ['x'], ['']];
  const found = await source.readKeys(stream, ['hs_object_id'], keys);
  expect(found.map(([id]) => Number(id)).sort((a, b) => a - b)).toEqual(Array.from({ length: 250 }, (_, n) => n + 1));
  expect(
    await source.readKeys(stream, ['hs_object_id'], [['3'], ['4']], { from: new Date(DAY + 1).toISOString() }),
  ).toEqual([['3']]);
});

it('in a snapshot reads by id alone, and goes on from any of them', async () => {
  const { portal, source } = await openBed();
  portal.put(
    'contacts',
    Array.from({ length: 450 }, (_, n) => ({ id: 98 + n })),
    DAY,
  );
  const stream = await source.describe(contacts({ cursor: 'hs_object_id', byKey: true }));
  const pages = await pagesOf(source, stream, { columns: ['hs_object_id'], pageSize: 100 });
  expect(pages.flatMap(({ rows }) => rows.map(([id]) => Number(id)))).toEqual(
    Array.from({ length: 450 }, (_, n) => 98 + n),
  );
  const [, second] = pages;
  expect(await pagesOf(source, stream, { columns: ['hs_object_id'], pageSize: 100, after: second!.end })).toEqual(
    pages.slice(2),
  );
  expect(await source.countUpTo(stream, 1_000)).toBe(450);
});

it("knows the horizon by the answers' date, counts rows of the future, and shifts cursors", async () => {
  const { portal, source } = await openBed({}, {}, () => DAY + 250);
  portal.put('contacts', [{ id: 1 }], DAY);
  portal.put('contacts', [{ id: 2 }, { id: 3 }], DAY + 3_600_000);
  const stream = await source.describe(contacts());
  expect(await source.horizon(stream, 90)).toEqual({
    now: '2026-11-20T10:00:00.000Z',
    before: '2026-11-20T09:58:30.000Z',
    guard: 'lag',
    future: 2,
  });
  expect(await source.shiftBack(stream, '2026-11-20T10:00:00.123Z', 0.001)).toBe('2026-11-20T10:00:00.122Z');
  expect(await source.cursorAt(stream, '2026-11-20T10:00:00.123456Z')).toBe('2026-11-20T10:00:00.123Z');
  expect(await source.countRows(stream, { from: '2026-11-20T10:00:00.001Z' })).toBe(2);
});

it('stops in the middle of an answer that does not come, when it is told to', async () => {
  let isHanging = false;
  const { portal, source } = await openBed({ onCall: () => (isHanging ? 'hang' : undefined) });
  portal.put('contacts', [{ id: 1 }], DAY);
  const stream = await source.describe(contacts());
  isHanging = true;
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  const began = performance.now();
  expect(await pagesOf(source, stream, { columns: ['hs_object_id'] }, stop.signal)).toEqual([]);
  expect(performance.now() - began).toBeLessThan(2_000);
});
