import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Column } from '../../connectors/connector.ts';
import type { Reply } from '../../src/load/post-events.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { type RunResult, runMapping } from '../../src/sync/run-mapping.ts';
import { bindForTest, mappingFile, NOW } from '../support/bind-for-test.ts';
import { type MemoryRow, memorySource } from '../support/memory-source.ts';
import { ACCEPTED, refusal, scriptedPost, THROTTLED, TIMEOUT } from '../support/scripted-post.ts';
import { type TemporaryState, temporaryState } from '../support/temporary-state.ts';

const COLUMNS: readonly Column[] = (
  [
    ['id', 'integer'],
    ['at', 'integer'],
    ['email', 'text'],
    ['order', 'text'],
    ['keep', 'boolean'],
  ] as const
).map(([name, kind]) => ({ name, kind, type: kind, nullable: true }));

const mappingOf = (name: string) =>
  bindForTest(
    mappingFile(
      {
        name,
        filter: '=keep',
        source: {
          ...mappingFile().source,
          cursor: { column: 'at', start: 'beginning', lag: '0s', lookback: 3, on_null: 'error', max_stall: '15m' },
        },
      },
      { event_time: NOW - 60, event_id: '="row-" + string(id)', custom_data: { order_id: '=order' } },
    ),
    { id: 'integer', at: 'integer', keep: 'boolean' },
  ).mapping;

type Kind = 'good' | 'filtered' | 'bad' | 'poison';
type NewRow = { readonly kind: Kind; readonly order: number | undefined; readonly step: number };
/** What the far side does to a request: answers, or stores and is silent, or is silent. */
type Weather = 'fine' | 'timeout' | 'timeout-stored' | 'throttle' | 'token';
type Run = {
  readonly add: readonly NewRow[];
  /** Rows that are changed: they move to the end with a new cursor. */
  readonly touch: readonly number[];
  /** The process dies at this state call or POST; its effect is kept or not. */
  readonly crash: { readonly at: number; readonly kept: boolean } | undefined;
  readonly weather: readonly Weather[];
};

const newRow: fc.Arbitrary<NewRow> = fc.record({
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constant('good' as const) },
    { weight: 1, arbitrary: fc.constantFrom('filtered' as const, 'bad' as const, 'poison' as const) },
  ),
  order: fc.option(fc.nat(12), { nil: undefined, freq: 2 }),
  step: fc.oneof(fc.constant(0), fc.integer({ min: -2, max: 2 })),
});
const run: fc.Arbitrary<Run> = fc.record({
  add: fc.array(newRow, { maxLength: 18 }),
  touch: fc.array(fc.nat(), { maxLength: 3 }),
  crash: fc.option(fc.record({ at: fc.integer({ min: 1, max: 40 }), kept: fc.boolean() }), { nil: undefined, freq: 3 }),
  weather: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant('fine' as const) },
      { weight: 2, arbitrary: fc.constantFrom('timeout' as const, 'timeout-stored' as const, 'throttle' as const) },
      { weight: 1, arbitrary: fc.constant('token' as const) },
    ),
    { maxLength: 12 },
  ),
});

const ANSWERS: Readonly<Record<Exclude<Weather, 'fine'>, Reply>> = {
  timeout: TIMEOUT,
  'timeout-stored': TIMEOUT,
  throttle: THROTTLED,
  token: refusal({ class: 'auth', code: 190, subcode: 463 }),
};
const WRITES_KEYS: ReadonlySet<string> = new Set(['ackBatch', 'ackPart', 'planBatch']);

let temporary: TemporaryState;
beforeAll(async () => {
  temporary = await temporaryState();
});
afterAll(() => temporary.remove());

let programs = 0;
const seen = { crashes: 0, repeats: 0, rejected: 0, duplicates: 0, failed: 0 };

const simulate = async (runs: readonly Run[]): Promise<void> => {
  programs += 1;
  const mapping = mappingOf(`m${programs}`);
  const kinds = new Map<number, Kind>();
  const source = memorySource(COLUMNS);
  const identityOf = ({ id, cells }: MemoryRow): string => (cells.order == null ? `row-${id}` : `order ${cells.order}`);
  /** How often each identity was stored by the far side, and which the state has acknowledged. */
  const stored = new Map<string, number>();
  const bytes = new Map<string, string>();
  const acknowledged = new Set<string>();
  let now = 0;
  const results: RunResult[] = [];

  const perform = async ({ add, touch, crash, weather }: Run): Promise<RunResult | undefined> => {
    for (const { kind, order, step } of add) {
      const id = kinds.size + 1;
      kinds.set(id, kind);
      now = Math.max(1, now + Math.max(0, step));
      source.rows.push({
        id,
        at: Math.max(1, now + Math.min(0, step)),
        cells: {
          keep: kind === 'filtered' ? 'f' : 't',
          email: kind === 'bad' ? 'nobody' : `p${id}@example.com`,
          order: order === undefined ? null : `o${order}`,
        },
      });
    }
    for (const which of touch) {
      const index = source.rows.length === 0 ? -1 : which % source.rows.length;
      const row = source.rows[index];
      if (row) source.rows[index] = { ...row, at: now };
    }

    let operations = 0;
    let dead = false;
    /** Counts an operation; from the crash on, nothing has an effect any more. */
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
    const identities = new Map<string, string>();
    const post = scriptedPost((events, request) =>
      operate(async () => {
        const kind = weather[request] ?? 'fine';
        const parsed = events.map((event) => JSON.parse(event));
        for (const [n, event] of parsed.entries()) {
          const identity =
            event.custom_data?.order_id === undefined ? event.event_id : `order ${event.custom_data.order_id}`;
          // Once after acknowledgement: what the state has as acknowledged never leaves again.
          expect(acknowledged).not.toContain(identity);
          const before = bytes.get(event.event_id);
          if (before !== undefined) expect(events[n]).toBe(before);
          bytes.set(event.event_id, events[n] as string);
        }
        if (kind !== 'fine' && kind !== 'timeout-stored') return ANSWERS[kind];
        if (parsed.some((event) => kinds.get(Number(event.event_id.slice(4))) === 'poison')) return refusal();
        for (const event of parsed) {
          const identity =
            event.custom_data?.order_id === undefined ? event.event_id : `order ${event.custom_data.order_id}`;
          stored.set(identity, (stored.get(identity) ?? 0) + 1);
          identities.set(event.event_id, identity);
        }
        return kind === 'fine' ? ACCEPTED : ANSWERS[kind];
      }),
    );
    const keyNames = new Map<string, string>();
    const bound = bindForTest(mapping.file, { id: 'integer', at: 'integer', keep: 'boolean' });
    for (const row of source.rows) {
      const mapped = bound.map({ ...row.cells, id: String(row.id), at: String(row.at) });
      if (mapped.kind === 'event') keyNames.set(mapped.dedupKey, identityOf(row));
    }
    const planned = new Map<unknown, readonly string[]>();
    const state = Object.fromEntries(
      Object.entries(temporary.state).map(([method, call]) => [
        method,
        (...args: unknown[]) =>
          operate(async () => {
            const result = await (call as (...given: unknown[]) => Promise<unknown>)(...args);
            if (!WRITES_KEYS.has(method)) return result;
            if (method === 'planBatch') planned.set(result, args[2] as string[]);
            else {
              const keys = method === 'ackPart' ? (args[2] as string[]) : (planned.get(args[1]) ?? []);
              for (const key of keys) acknowledged.add(keyNames.get(key) as string);
            }
            return result;
          }),
      ]),
    ) as unknown as StateStore;

    let clock = NOW * 1000;
    const result = await runMapping(mapping, {
      source,
      state,
      post,
      datasetId: '123',
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
      sizes: { page: 7, batch: 5 },
      onProgress: () => undefined,
    }).catch((error: unknown) => {
      expect(dead).toBe(true);
      expect(error).toBeInstanceOf(Error);
      return undefined;
    });
    if (!result) return undefined;
    const { counts } = result;
    expect(counts.read).toBe(counts.sent + counts.duplicate + counts.filtered + counts.rejected + counts.expired);
    results.push(result);
    if (result.status === 'failed') seen.failed += 1;
    return result;
  };

  for (const each of runs) await perform(each);
  const last = await perform({ add: [], touch: [], crash: undefined, weather: [] });
  expect(last?.error).toBeUndefined();

  // Everything that must arrive arrived; nothing else did.
  for (const row of source.rows) {
    const same = source.rows.filter((other) => identityOf(other) === identityOf(row));
    const mustArrive = same.some((other) => kinds.get(other.id) === 'good');
    expect(stored.has(identityOf(row))).toBe(mustArrive);
  }
  expect([...acknowledged].sort()).toEqual([...stored.keys()].sort());
  const repeats = [...stored.values()].reduce((sum, times) => sum + times - 1, 0);
  // A run that threw took its counts with it.
  if (results.length === runs.length + 1)
    expect(repeats).toBeLessThanOrEqual(results.reduce((sum, { counts }) => sum + counts.inDoubtResent, 0));
  seen.repeats += repeats;
  seen.rejected += results.reduce((sum, { counts }) => sum + counts.rejected, 0);
  seen.duplicates += results.reduce((sum, { counts }) => sum + counts.duplicate, 0);

  const end = source.rows.toSorted((a, b) => a.at - b.at || a.id - b.id).at(-1);
  expect(last?.checkpoint?.key).toEqual(end && [String(end.id)]);
  expect(await temporary.state.countInDoubt(mapping.name)).toBe(0);
  // Rows that were refused and changed nothing since are dead letters, each once.
  const letters = await temporary.state.listDeadLetters(mapping.name, 1000);
  expect(letters.every(({ rowKey }) => ['bad', 'poison'].includes(kinds.get(Number(rowKey[0])) as Kind))).toBe(true);
  for (const row of source.rows)
    if (kinds.get(row.id) === 'bad') expect(letters.map(({ rowKey }) => rowKey[0])).toContain(String(row.id));

  const quiet = await perform({ add: [], touch: [], crash: undefined, weather: [] });
  expect(quiet?.counts).toMatchObject({ sent: 0, requests: 0 });
};

it('loses no row and repeats none that was acknowledged, whatever order of crashes, refusals and bad answers', async () => {
  await fc.assert(fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 4 }), simulate), { numRuns: 250 });
  // The programs did go where they were meant to go.
  expect(seen.crashes).toBeGreaterThan(50);
  expect(seen.repeats).toBeGreaterThan(50);
  expect(seen.rejected).toBeGreaterThan(50);
  expect(seen.duplicates).toBeGreaterThan(100);
  expect(seen.failed).toBeGreaterThan(20);
}, 240_000);

it('dies at every operation of one program in turn, and the next run mends it', async () => {
  const add = Array.from(
    { length: 30 },
    (_, n): NewRow => ({
      kind: n % 11 === 5 ? 'poison' : n % 13 === 7 ? 'bad' : 'good',
      order: n % 4 === 0 ? n % 8 : undefined,
      step: n % 3 === 0 ? 1 : 0,
    }),
  );
  for (let at = 1; at <= 45; at += 1)
    for (const kept of [true, false])
      await simulate([{ add, touch: [], crash: { at, kept }, weather: ['timeout-stored'] }]);
}, 240_000);
