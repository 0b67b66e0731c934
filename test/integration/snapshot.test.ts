/** Tables without a cursor, on each database: only new and changed rows become events, and what is remembered of them is no value of theirs. */
import { hash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Source } from '../../connectors/connector.ts';
import type { MappingFile } from '../../src/config/mapping-schema.ts';
import { parseMapping } from '../../src/mapping/compile-mapping.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { type RunResult, type RunTools, runMapping } from '../../src/sync/run-mapping.ts';
import { type Bed, mysqlBed, openBed, postgresBed, sqliteBed } from '../contract/source-beds.ts';
import { mappingFile } from '../support/bind-for-test.ts';
import { ACCEPTED, refusal, scriptedPost, TIMEOUT } from '../support/scripted-post.ts';
import { leaseOf, type TemporaryState, temporaryState, watched } from '../support/temporary-state.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const SECRET = 'a secret that no state holds';
type Loose = Record<string, unknown>;
type Sent = { event_name: string; event_id: string; custom_data?: { lead_event_source?: string } };

describe.each([
  ['postgres', postgresBed('snapshot')],
  ['mysql', mysqlBed('snapshot')],
  ['sqlite', sqliteBed()],
] as const)('a snapshot: %s', (_, bed: Bed) => {
  let source: Source;
  let temporary: TemporaryState;

  beforeAll(async () => {
    await bed.setUp();
    source = await openBed(bed);
  });
  afterAll(async () => {
    await source.close();
    await bed.tearDown();
  });
  beforeEach(async () => {
    await bed.execute(
      'DROP TABLE IF EXISTS members',
      `CREATE TABLE members (code ${bed.textType} NOT NULL PRIMARY KEY, email ${bed.textType}, stage ${bed.textType}, note ${bed.textType})`,
    );
    temporary = await temporaryState();
  });
  afterEach(() => temporary.remove());

  const add = (from: number, to: number): Promise<void> =>
    bed.execute(
      `INSERT INTO members VALUES ${Array.from({ length: to - from + 1 }, (__, n) => `('m-${from + n}', 'member${from + n}@example.com', 'raw', NULL)`).join(', ')}`,
    );

  const mappingOf = (changes: Loose = {}, snapshot: Loose = {}, event: Loose = {}): MappingFile =>
    mappingFile(
      {
        name: 'members',
        source: {
          connection: 'crm',
          table: 'members',
          primary_key: 'code',
          timezone: 'UTC',
          mode: 'snapshot',
          snapshot: { start: 'all', max_rows: 1_000, ...snapshot },
        },
        ...changes,
      },
      {
        event_name: '=stage',
        event_time: NOW / 1000 - 60,
        user_data: { em: '=email', external_id: '=code' },
        ...event,
      },
    );

  type Told = Partial<RunTools> & { readonly answer?: Parameters<typeof scriptedPost>[0] };
  const run = async (file = mappingOf(), { answer = () => ACCEPTED, ...told }: Told = {}) => {
    const post = scriptedPost(answer);
    const result: RunResult = await runMapping(parseMapping(file).mapping, {
      source,
      state: temporary.state,
      post,
      datasetId: '123',
      stateSecret: SECRET,
      concurrency: 2,
      owner: 'test#0#one',
      retry: { firstMs: 1, ceilingMs: 1, attempts: 2, elapsedMs: 60_000 },
      now: () => NOW,
      random: () => 1,
      sleep: async () => undefined,
      stop: new AbortController().signal,
      abort: new AbortController().signal,
      sizes: { page: 7, batch: 5 },
      onProgress: () => undefined,
      ...told,
    });
    const events = post.requests.flat().map((text) => JSON.parse(text) as Sent);
    return { result, counts: result.counts, events };
  };

  it('sends every row once, then what is new and what changed, and nothing where nothing did', async () => {
    await add(1, 20);
    const first = await run(mappingOf({ emit: { on_change: ['stage'] } }));
    expect(first.result.error).toBeUndefined();
    expect(first.counts).toMatchObject({ read: 20, sent: 20, unchanged: 0 });
    const quiet = await run(mappingOf({ emit: { on_change: ['stage'] } }));
    expect(quiet.counts).toMatchObject({ read: 0, sent: 0, requests: 0, unchanged: 20 });
    await bed.execute("UPDATE members SET stage = 'won' WHERE code = 'm-7'", "DELETE FROM members WHERE code = 'm-3'");
    await add(21, 22);
    const third = await run(mappingOf({ emit: { on_change: ['stage'] } }));
    expect(third.counts).toMatchObject({ read: 3, sent: 3, unchanged: 18 });
    expect(third.events.map(({ event_name }) => event_name).sort()).toEqual(['raw', 'raw', 'won']);
  });

  it('takes a row for changed by the columns that the mapping reads, and by no other', async () => {
    await add(1, 3);
    await run();
    await bed.execute("UPDATE members SET note = 'called' WHERE code = 'm-2'");
    expect((await run()).counts).toMatchObject({ read: 0, unchanged: 3 });
    await bed.execute("UPDATE members SET email = 'new@example.com' WHERE code = 'm-2'");
    // Sent once for ever: the changed row is read, and known by its key.
    expect((await run()).counts).toMatchObject({ read: 1, sent: 0, duplicate: 1, unchanged: 2 });
  });

  it('with every update sends each state of a row, also one that it had before', async () => {
    const file = mappingOf({ emit: 'every_update' });
    await add(1, 2);
    const ids: string[] = [];
    for (const stage of ['raw', 'won', 'raw', 'won']) {
      await bed.execute(`UPDATE members SET stage = '${stage}' WHERE code = 'm-1'`);
      const { events } = await run(file);
      ids.push(...events.map(({ event_id }) => event_id));
    }
    expect(ids).toHaveLength(5);
    expect(new Set(ids).size).toBe(5);
  });

  it('that starts with none remembers what is there, also when the first pass is cut off', async () => {
    const file = mappingOf({}, { start: 'none' });
    await add(1, 20);
    let writes = 0;
    const dying = watched(temporary.state, (method) => {
      if (method === 'settle') writes += 1;
      if (writes === 3) throw new Error('the process died');
    });
    expect((await run(file, { state: dying })).result.status).toBe('failed');
    expect(await rememberedOf(temporary.state)).toBe(7);
    expect((await run(file)).counts).toMatchObject({ read: 0, sent: 0, unchanged: 20 });
    await add(21, 21);
    expect((await run(file)).counts).toMatchObject({ read: 1, sent: 1, unchanged: 20 });
  });

  const rememberedOf = async (state: StateStore): Promise<number> => {
    const { rowHasher } = await import('../../src/snapshot/row-hasher.ts');
    const { key } = rowHasher(SECRET, 'members');
    const keys = Array.from({ length: 40 }, (__, n) => key([`m-${n}`]));
    return (await state.findRowHashes('members', keys)).size;
  };

  it('remembers a row when it has its outcome and not before', async () => {
    await add(1, 30);
    const cut = await run(mappingOf(), {
      answer: (___, n) => (n < 2 ? ACCEPTED : refusal({ class: 'auth', code: 190 })),
    });
    expect(cut.result.status).toBe('failed');
    const remembered = await rememberedOf(temporary.state);
    expect(remembered).toBeGreaterThan(0);
    expect(remembered).toBeLessThanOrEqual(cut.counts.sent);
    expect(remembered % 7).toBe(0);
    const next = await run();
    expect(next.counts).toMatchObject({ unchanged: remembered, read: 30 - remembered, sent: 30 - cut.counts.sent });
    expect(next.result.error).toBeUndefined();
  });

  it('reads a row that is in doubt again, and sends it with the same id', async () => {
    await add(1, 4);
    const lost = await run(mappingOf({ emit: 'every_update' }), { answer: () => TIMEOUT });
    expect(lost.result.status).toBe('failed');
    const again = await run(mappingOf({ emit: 'every_update' }));
    expect(again.counts).toMatchObject({ sent: 4, inDoubtResent: 4 });
    expect(new Set(again.events.map(({ event_id }) => event_id))).toEqual(
      new Set(lost.events.map(({ event_id }) => event_id)),
    );
  });

  it('remembers rows that are filtered or refused, and tries these again when they change', async () => {
    await add(1, 6);
    await bed.execute(
      "UPDATE members SET email = 'nobody', code = 'bad' WHERE code = 'm-1'",
      "UPDATE members SET stage = 'lost' WHERE code = 'm-2'",
    );
    const file = mappingOf({ filter: '=stage != "lost"' }, {}, { user_data: { em: '=email' } });
    expect((await run(file)).counts).toMatchObject({ read: 6, sent: 4, filtered: 1, rejected: 1 });
    expect((await run(file)).counts).toMatchObject({ read: 0, unchanged: 6 });
    await bed.execute("UPDATE members SET email = 'ada@example.com' WHERE code = 'bad'");
    expect((await run(file)).counts).toMatchObject({ read: 1, sent: 1 });
    expect(await temporary.state.countDeadLetters('members')).toBe(0);
  });

  it('gives a dead letter its second chance with the id that its state has', async () => {
    await add(1, 3);
    const file = mappingOf({ emit: 'every_update' });
    const bad = await run(file, {
      answer: (events) => (events.some((text) => isOf(text, 'm-2')) ? refusal() : ACCEPTED),
    });
    expect(bad.counts).toMatchObject({ sent: 2, rejected: 1 });
    const retried = await run(file, { deadLetters: {} });
    expect(retried.counts).toMatchObject({ sent: 1 });
    expect(bad.events.map(({ event_id }) => event_id)).toContain(retried.events[0]?.event_id);
    expect((await run(file)).counts).toMatchObject({ read: 0, unchanged: 3 });
  });
  const isOf = (text: string, code: string): boolean =>
    (JSON.parse(text) as { user_data: { external_id: string[] } }).user_data.external_id.includes(sha256(code));

  it('takes no more rows than it is asked for, and the rest in later runs', async () => {
    await add(1, 20);
    expect((await run(mappingOf(), { limit: 9 })).counts).toMatchObject({ read: 9, sent: 9 });
    expect((await run(mappingOf(), { limit: 9 })).counts).toMatchObject({ read: 9, sent: 9, unchanged: 9 });
    const last = await run(mappingOf(), { limit: 9 });
    expect(last.counts).toMatchObject({ read: 2, sent: 2, unchanged: 18 });
    expect(last.result.checkpoint).toMatchObject({ cursor: '2026-11-23T12:00:00.000Z', key: [] });
  });

  it('of a table that has more rows than it may is stopped before anything is sent', async () => {
    await add(1, 12);
    const { result, events } = await run(mappingOf({}, { max_rows: 11 }));
    expect(result.error).toMatchObject({ code: 'snapshot-too-large', hint: expect.stringContaining('source.cursor') });
    expect(events).toEqual([]);
    expect((await run(mappingOf({}, { max_rows: 12 }))).counts.sent).toBe(12);
  });

  it('stops when what is remembered is of another secret, filter or table', async () => {
    await add(1, 2);
    await run();
    for (const [file, told] of [
      [mappingOf(), { stateSecret: 'another secret than before' }],
      [mappingOf({ filter: '=stage == "won"' }), {}],
      [mappingOf({ emit: 'every_update' }), {}],
      [mappingOf({ emit: { on_change: ['stage'] } }), {}],
    ] as const) {
      const { result, events } = await run(file, told);
      expect(result.error?.code).toBe('checkpoint-mismatch');
      expect(events).toEqual([]);
    }
    const wider = mappingOf({}, {}, { user_data: { em: '=email', external_id: '=code', fn: '=note' } });
    // Of events that are sent once a new column makes no repeats: the ledger knows them.
    expect((await run(wider)).counts).toMatchObject({ read: 2, sent: 0, duplicate: 2 });
  });

  it('forgets a row that has been gone for 70 days, and knows one that was gone for less', async () => {
    const day = (n: number) => ({ now: () => NOW + n * 86_400_000 });
    const file = mappingOf({ emit: 'every_update' }, {}, { action_source: 'physical_store' });
    await add(1, 3);
    await run(file, day(0));
    await bed.execute("DELETE FROM members WHERE code <> 'm-1'");
    for (const n of [1, 8, 15, 50]) await run(file, day(n));
    await add(2, 2);
    expect((await run(file, day(51))).counts).toMatchObject({ read: 0, unchanged: 2 });
    await run(file, day(72));
    expect(await rememberedOf(temporary.state)).toBe(2);
  });

  it('keeps nothing in its state from which a row could be told', async () => {
    await add(1, 3);
    await run(mappingOf({ emit: 'every_update' }));
    await temporary.state.releaseLease(await leaseOf(temporary.state, 'other'));
    const { readFileSync, existsSync } = await import('node:fs');
    const texts = [temporary.filename, `${temporary.filename}-wal`]
      .filter((name) => existsSync(name))
      .map((name) => readFileSync(name, 'latin1').toLowerCase())
      .join('');
    for (const plain of ['member1@example.com', 'm-1', 'm-2']) {
      expect(texts).not.toContain(plain);
      expect(texts).not.toContain(sha256(plain));
      expect(texts).not.toContain(sha256(plain).slice(0, 32));
    }
    expect(texts).not.toContain(SECRET);
  });
});

const sha256 = (text: string): string => hash('sha256', text);
