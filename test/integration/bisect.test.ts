/** Halving against the real sandbox: exactly the bad events of 1,000 become dead letters, within so many requests. */
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Column } from '../../connectors/connector.ts';
import { openPostEvents } from '../../src/load/post-events.ts';
import { sleep } from '../../src/load/retry.ts';
import { type SandboxOptions, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { runMapping } from '../../src/sync/run-mapping.ts';
import { bindForTest, mappingFile } from '../support/bind-for-test.ts';
import { memorySource } from '../support/memory-source.ts';
import { type TemporaryState, temporaryState } from '../support/temporary-state.ts';

const DATASET = '1234567890123456';
const TOKEN = 'EAAtestTokenOfTheLocalSandbox';
const COLUMNS: readonly Column[] = ['id', 'at', 'email'].map((name) => ({
  name,
  kind: name === 'email' ? 'text' : 'integer',
  type: 'any',
  nullable: true,
}));
const cursor = { column: 'at', start: 'beginning', lag: '0s', lookback: 0, on_null: 'error', max_stall: '15m' };

let temporary: TemporaryState;
beforeEach(async () => {
  temporary = await temporaryState();
});
afterEach(() => temporary.remove());

/** So many rows, one event each, sent to a sandbox that refuses those with these ids. */
const send = async (rows: number, isBad: (id: number) => boolean, concurrency = 1) => {
  const refuse: SandboxOptions['refuse'] = ({ event_id: id = '' }) =>
    isBad(Number(id.slice(1))) ? { subcode: 2804019 } : undefined;
  const far = await startSandbox({ token: TOKEN, refuse });
  onTestFinished(far.close);
  const post = openPostEvents({
    baseUrl: far.url,
    apiVersion: 'v24.0',
    datasetId: DATASET,
    accessToken: TOKEN,
    timeoutMs: 30_000,
    connections: concurrency,
  });
  onTestFinished(post.close);
  const source = memorySource(COLUMNS);
  for (let id = 1; id <= rows; id += 1) source.rows.push({ id, at: id, cells: { email: `p${id}@example.com` } });
  const { mapping } = bindForTest(
    mappingFile(
      { source: { ...mappingFile().source, cursor } },
      { event_time: Math.floor(Date.now() / 1000) - 60, event_id: '="r" + string(id)' },
    ),
    { id: 'integer', at: 'integer' },
  );
  const run = () =>
    runMapping(mapping, {
      source,
      post,
      sleep,
      state: temporary.state,
      datasetId: DATASET,
      concurrency,
      owner: 'test#0#me',
      retry: { firstMs: 1, ceilingMs: 1, attempts: 3, elapsedMs: 10_000 },
      now: Date.now,
      random: Math.random,
      stop: new AbortController().signal,
      abort: new AbortController().signal,
      onProgress: () => undefined,
    });
  const result = await run();
  const letters = await temporary.state.listDeadLetters('leads', 5_000);
  return { result, far, run, refused: letters.map(({ rowKey }) => Number(rowKey[0])).sort((a, b) => a - b) };
};

/** So many of 1 to 1,000, as far apart as can be: what costs halving most. */
const spread = (k: number): number[] => Array.from({ length: k }, (_, n) => Math.floor((n + 0.5) * (1000 / k)) + 1);
/** So many of 1 to 1,000, by chance that is the same each time. */
const scattered = (k: number): number[] => {
  const found = new Set<number>();
  for (let x = 12_345; found.size < k; x = (x * 1_103_515_245 + 12_345) % 2_147_483_648) found.add((x % 1000) + 1);
  return [...found];
};

describe.each([
  [1, 21],
  [2, 39],
  [5, 85],
  [20, 255],
])('%i bad events of 1,000', (k, most) => {
  it.each([
    ['far apart', spread(k)],
    ['scattered', scattered(k)],
  ])(`%s: exactly these become dead letters, within ${most} requests`, async (_, bad) => {
    const isBad = new Set(bad);
    const { result, far, run, refused } = await send(1000, (id) => isBad.has(id));
    expect(result.error).toBeUndefined();
    expect(result.counts).toMatchObject({ read: 1000, sent: 1000 - k, rejected: k, retries: 0 });
    expect(refused).toEqual([...isBad].sort((a, b) => a - b));
    expect(far.stats().requests).toBe(result.counts.requests);
    expect(far.stats().requests).toBeLessThanOrEqual(most);
    const arrived = far.deliveries();
    expect(arrived.size).toBe(1000 - k);
    expect([...arrived.values()].every((times) => times === 1)).toBe(true);
    expect((await run()).counts.requests).toBe(0);
  });
});

describe('a mapping of which every event is bad', () => {
  it.each([
    [1000, 1],
    [1000, 4],
    [2500, 4],
    // The last batch is so small that it has its refusals long before the breaker trips over the first one.
    [1005, 4],
    [1019, 2],
  ])('%i rows, %i requests at a time: stops within 200 requests and rejects nothing', async (rows, concurrency) => {
    const { result, far, refused } = await send(rows, () => true, concurrency);
    expect(result.error).toMatchObject({ code: 'systemic-rejection' });
    expect(result.exitCode).toBe(3);
    expect(result.counts).toMatchObject({ read: 0, sent: 0, rejected: 0 });
    expect(refused).toEqual([]);
    expect(far.stats().requests).toBeLessThanOrEqual(200);
    expect(await temporary.state.countInDoubt('leads')).toBe(0);
    expect(await temporary.state.readCheckpoint('leads')).toBeUndefined();
  });

  it('a few rows alone are no table: they become dead letters', async () => {
    const { result, refused } = await send(5, () => true);
    expect(result.error).toBeUndefined();
    expect(result.counts).toMatchObject({ read: 5, rejected: 5 });
    expect(refused).toEqual([1, 2, 3, 4, 5]);
  });
});
