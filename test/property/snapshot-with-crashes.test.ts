/** Snapshots and `emit` against a model: rows come, change and go between runs that die at any write or request, or meet a far side in any mood. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Column, Page, Source, Stream } from '../../connectors/connector.ts';
import type { Reply } from '../../src/load/post-events.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { type RunResult, runMapping } from '../../src/sync/run-mapping.ts';
import { bindForTest, mappingFile, NOW } from '../support/bind-for-test.ts';
import { ACCEPTED, refusal, scriptedPost, THROTTLED, TIMEOUT } from '../support/scripted-post.ts';
import { type TemporaryState, temporaryState } from '../support/temporary-state.ts';

const STAGES = ['raw', 'won', 'lost', 'poison', 'bad'] as const;
type Stage = (typeof STAGES)[number];
const EMITS = ['once', 'every_update', { on_change: ['stage'] }] as const;
type Emit = (typeof EMITS)[number];

const COLUMNS: readonly Column[] = ['id', 'email', 'stage', 'owner'].map((name) => ({
  name,
  kind: name === 'id' ? 'integer' : 'text',
  type: 'any',
  nullable: name !== 'id',
}));

type Lead = { readonly stage: Stage; readonly owner: string };

/** Rows by id, in the order of their ids, as they are when a page is asked for. */
const tableOf = (rows: ReadonlyMap<number, Lead>): Source => {
  const cellsOf = (id: number, { stage, owner }: Lead): Record<string, string> => ({
    id: String(id),
    stage,
    owner,
    email: stage === 'bad' ? 'nobody' : `p${id}@example.com`,
  });
  const unused = async (): Promise<never> => {
    throw new Error('a snapshot does not ask for this');
  };
  const row = (id: number, columns: readonly string[]) => {
    const cells = cellsOf(id, rows.get(id) as Lead);
    return columns.map((name) => cells[name] ?? null);
  };
  return {
    describe: async (spec): Promise<Stream> => ({
      columns: COLUMNS,
      spec,
      cursorColumn: COLUMNS[0] as Column,
      cursorUnit: 'number',
    }),
    horizon: unused,
    shiftBack: unused,
    cursorAt: unused,
    countRows: unused,
    countUpTo: async (_, most) => Math.min(rows.size, most + 1),
    async *readPages(_, { columns, pageSize }, signal): AsyncGenerator<Page> {
      let after = 0;
      while (!signal.aborted) {
        const ids = [...rows.keys()].filter((id) => id > after).sort((a, b) => a - b);
        const page = ids.slice(0, pageSize);
        const last = page.at(-1);
        if (last === undefined) return;
        yield { rows: page.map((id) => row(id, columns)), end: { cursor: String(last), key: [String(last)] } };
        if (ids.length <= pageSize) return;
        after = last;
      }
    },
    readKeys: async (_, columns, keys) =>
      keys.filter(([id]) => rows.has(Number(id))).map(([id]) => row(Number(id), columns)),
    close: async () => undefined,
  };
};

const mappingOf = (name: string, emit: Emit) =>
  bindForTest(
    mappingFile(
      {
        name,
        emit,
        filter: '=stage != "lost"',
        source: { connection: 'crm', table: 'leads', primary_key: 'id', mode: 'snapshot' },
      },
      {
        event_name: '=stage',
        event_time: NOW - 60,
        custom_data: { content_category: '=string(id)', content_name: '=owner' },
      },
    ),
  ).mapping;

type Weather = 'fine' | 'timeout' | 'timeout-stored' | 'throttle' | 'token';
type Run = {
  readonly add: readonly Stage[];
  /** Which row, and its new stage; none: another owner, which is no change of stage. */
  readonly change: readonly { readonly which: number; readonly to: Stage | undefined }[];
  readonly remove: readonly number[];
  readonly crash: { readonly at: number; readonly kept: boolean } | undefined;
  readonly weather: readonly Weather[];
};

const stage: fc.Arbitrary<Stage> = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom('raw' as const, 'won' as const) },
  { weight: 1, arbitrary: fc.constantFrom('lost' as const, 'poison' as const, 'bad' as const) },
);
const run: fc.Arbitrary<Run> = fc.record({
  add: fc.array(stage, { maxLength: 12 }),
  change: fc.array(fc.record({ which: fc.nat(), to: fc.option(stage, { nil: undefined }) }), { maxLength: 6 }),
  remove: fc.array(fc.nat(), { maxLength: 2 }),
  crash: fc.option(fc.record({ at: fc.integer({ min: 1, max: 40 }), kept: fc.boolean() }), { nil: undefined, freq: 3 }),
  weather: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant('fine' as const) },
      { weight: 2, arbitrary: fc.constantFrom('timeout' as const, 'timeout-stored' as const, 'throttle' as const) },
      { weight: 1, arbitrary: fc.constant('token' as const) },
    ),
    { maxLength: 8 },
  ),
});
const QUIET: Run = { add: [], change: [], remove: [], crash: undefined, weather: [] };

const ANSWERS: Readonly<Record<Exclude<Weather, 'fine'>, Reply>> = {
  timeout: TIMEOUT,
  'timeout-stored': TIMEOUT,
  throttle: THROTTLED,
  token: refusal({ class: 'auth', code: 190, subcode: 463 }),
};

let temporary: TemporaryState;
beforeAll(async () => {
  temporary = await temporaryState();
});
afterAll(() => temporary.remove());

let programs = 0;
const seen = { crashes: 0, repeats: 0, rejected: 0, changed: 0, failed: 0 };

const simulate = async (emit: Emit, runs: readonly Run[]): Promise<void> => {
  programs += 1;
  const mapping = mappingOf(`s${programs}`, emit);
  const rows = new Map<number, Lead>();
  /** Every stage that a row was ever in, and how many states it has had. */
  const stages = new Map<number, Set<string>>();
  const states = new Map<number, number>();
  const source = tableOf(rows);
  /** By event_id: what the far side stored, how often, and of which row in which state. */
  const stored = new Map<string, Lead & { times: number; id: number }>();
  const acknowledged = new Set<string>();
  let nextId = 1;
  let inDoubt = 0;
  let thrown = 0;

  const put = (id: number, lead: Lead): void => {
    rows.set(id, lead);
    stages.set(id, (stages.get(id) ?? new Set()).add(lead.stage));
    states.set(id, (states.get(id) ?? 0) + 1);
  };

  const perform = async ({ add, change, remove, crash, weather }: Run): Promise<RunResult | undefined> => {
    for (const { which, to } of change) {
      const id = [...rows.keys()][which % Math.max(1, rows.size)];
      const lead = id === undefined ? undefined : rows.get(id);
      if (id === undefined || !lead) continue;
      put(id, to === undefined ? { ...lead, owner: `${lead.owner}x` } : { ...lead, stage: to });
      seen.changed += 1;
    }
    for (const which of remove) rows.delete([...rows.keys()][which % Math.max(1, rows.size)] ?? 0);
    for (const each of add) put(nextId++, { stage: each, owner: 'a' });

    let operations = 0;
    let dead = false;
    const operate = async <T>(work: () => Promise<T>): Promise<T> => {
      operations += 1;
      if (dead) throw new Error('the process is dead');
      if (crash?.at === operations) {
        dead = true;
        seen.crashes += 1;
        if (crash.kept) await work();
        throw new Error('the process died');
      }
      return work();
    };
    const post = scriptedPost((texts, request) =>
      operate(async () => {
        const kind = weather[request] ?? 'fine';
        const events = texts.map((text) => JSON.parse(text));
        if (kind !== 'fine' && kind !== 'timeout-stored') return ANSWERS[kind];
        if (events.some((event) => event.event_name === 'poison')) return refusal();
        for (const event of events) {
          const before = stored.get(event.event_id);
          const id = Number(event.custom_data.content_category);
          const state = { stage: event.event_name, owner: event.custom_data.content_name };
          stored.set(event.event_id, { ...state, times: (before?.times ?? 0) + 1, id });
        }
        return kind === 'fine' ? ACCEPTED : ANSWERS[kind];
      }),
    );
    const planned = new Map<unknown, readonly string[]>();
    const state = Object.fromEntries(
      Object.entries(temporary.state).map(([method, call]) => [
        method,
        (...args: unknown[]) =>
          operate(async () => {
            const keys = args[2] as readonly string[];
            // Once after acknowledgement: what the state has as acknowledged never leaves again.
            if (method === 'planBatch') for (const key of keys) expect(acknowledged).not.toContain(key);
            const answer = await (call as (...given: unknown[]) => Promise<unknown>)(...args);
            if (method === 'planBatch') planned.set(answer, keys);
            if (method === 'ackPart') for (const key of keys) acknowledged.add(key);
            if (method === 'ackBatch') for (const key of planned.get(args[1]) ?? []) acknowledged.add(key);
            return answer;
          }),
      ]),
    ) as unknown as StateStore;

    let clock = NOW * 1000;
    const result = await runMapping(mapping, {
      source,
      state,
      post,
      datasetId: '123',
      stateSecret: 'the secret of the simulation',
      concurrency: 2,
      owner: 'simulation#0#one',
      retry: { firstMs: 1, ceilingMs: 1, attempts: 3, elapsedMs: 60_000 },
      now: () => clock,
      random: () => 1,
      sleep: async (ms) => {
        clock += ms;
      },
      stop: new AbortController().signal,
      abort: new AbortController().signal,
      sizes: { page: 5, batch: 3 },
      onProgress: () => undefined,
    }).catch((error: unknown) => {
      expect(dead).toBe(true);
      expect(error).toBeInstanceOf(Error);
      return undefined;
    });
    if (!result) {
      thrown += 1;
      return undefined;
    }
    const { counts } = result;
    expect(counts.read).toBe(counts.sent + counts.duplicate + counts.filtered + counts.rejected + counts.expired);
    inDoubt += counts.inDoubtResent;
    seen.rejected += counts.rejected;
    if (result.status === 'failed') seen.failed += 1;
    return result;
  };

  for (const each of runs) await perform(each);
  const last = await perform(QUIET);
  expect(last?.error).toBeUndefined();
  if (thrown === 0) {
    const { counts } = last as RunResult;
    expect(counts.read + (counts.unchanged ?? 0)).toBeGreaterThanOrEqual(rows.size);
  }

  // What a row is now has arrived, unless it cannot or need not; and of no row more than its states.
  const all = [...stored.values()];
  for (const [id, lead] of rows) {
    const own = all.filter((event) => event.id === id);
    if (lead.stage === 'raw' || lead.stage === 'won') {
      // The name of the event is the stage: an event that is sent once is one of each name.
      expect(own.map((event) => event.stage)).toContain(lead.stage);
      if (emit === 'every_update') expect(own).toContainEqual({ ...lead, id, times: expect.any(Number) });
    }
  }
  for (const { id, stage: name } of all) expect(stages.get(id)).toContain(name);
  for (const id of states.keys()) {
    const own = all.filter((event) => event.id === id);
    expect(own.length).toBeLessThanOrEqual(states.get(id) as number);
    if (emit !== 'every_update') expect(new Set(own.map((event) => event.stage)).size).toBe(own.length);
  }
  const repeats = all.reduce((sum, { times }) => sum + times - 1, 0);
  if (thrown === 0) expect(repeats).toBeLessThanOrEqual(inDoubt);
  seen.repeats += repeats;
  expect(await temporary.state.countInDoubt(mapping.name)).toBe(0);

  // Every row is remembered by now: another pass finds nothing to do.
  const quiet = await perform(QUIET);
  expect(quiet?.counts).toMatchObject({ read: 0, sent: 0, requests: 0, unchanged: rows.size });
};

it('a snapshot loses no state that a row is left in, and repeats none that was acknowledged, however its runs end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...EMITS), fc.array(run, { minLength: 1, maxLength: 4 }), simulate),
    { numRuns: process.env.TORTURE === 'long' ? 3_000 : 60 },
  );
  // The programs did go where they were meant to go.
  expect(seen.crashes).toBeGreaterThan(10);
  expect(seen.repeats).toBeGreaterThan(5);
  expect(seen.rejected).toBeGreaterThan(10);
  expect(seen.changed).toBeGreaterThan(40);
  expect(seen.failed).toBeGreaterThan(5);
}, 600_000);

it('dies at every operation of one program in turn, and the next run mends it', async () => {
  const add = Array.from({ length: 17 }, (_, n): Stage => (n % 7 === 5 ? 'poison' : n % 5 === 3 ? 'bad' : 'raw'));
  const change = [0, 4, 9].map((which) => ({ which, to: 'won' as const }));
  for (const emit of EMITS)
    for (let at = 1; at <= 40; at += 5)
      for (const kept of [true, false])
        await simulate(emit, [
          { ...QUIET, add },
          { ...QUIET, change, crash: { at, kept }, weather: ['timeout-stored'] },
        ]);
}, 240_000);
