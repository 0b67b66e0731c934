import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../../src/sandbox/start-sandbox.ts';
import { goodEvent, type Json, NOW, NOW_SECONDS, postEvents, sha256 } from './post-events.ts';

const DAY = 86_400_000;
let now = NOW;
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => now });
});
beforeEach(() => {
  now = NOW;
  sandbox.reset();
});
afterAll(() => sandbox.close());

const sale = (changes: Json = {}): Json => goodEvent({ action_source: 'physical_store', ...changes });
const order = (custom_data: Json, changes: Json = {}): Json =>
  sale({ custom_data: { value: 5, currency: 'EUR', ...custom_data }, ...changes });
/** How many of these events Meta would keep. */
const kept = async (...events: Json[]): Promise<number> => {
  for (const event of events) await postEvents(sandbox, [event]);
  return sandbox.stats().eventsUnique;
};

describe('two events of a physical store', () => {
  it('are one where time, name and order are the same, whatever their event_id', async () => {
    expect(await kept(order({ order_id: 'A' }), order({ order_id: 'A' }, { event_id: 'another' }))).toBe(1);
  });

  it('are two where the lines of the order differ', async () => {
    const lines = ['1', '2', '1'].map((item_number) => order({ order_id: 'A', item_number }));
    expect(await kept(...lines)).toBe(2);
  });

  it('are two where the time, the name or the order differs, though the event_id is the same', async () => {
    const first = order({ order_id: 'A' });
    expect(await kept(first, order({ order_id: 'A' }, { event_time: NOW_SECONDS - 61 }))).toBe(2);
    expect(await kept(order({ order_id: 'A' }, { event_name: 'Lead' }), order({ order_id: 'B' }))).toBe(4);
  });

  it('are compared by user_data where there is no order', async () => {
    const grace = { user_data: { em: [sha256('grace@example.com')] } };
    expect(await kept(order({}), order({}), order({}, grace))).toBe(2);
  });

  it('are two again after seven days', async () => {
    const old = { event_time: NOW_SECONDS - 60 };
    expect(await kept(order({ order_id: 'A' }, old))).toBe(1);
    now = NOW + 7 * DAY - 1000;
    expect(await kept(order({ order_id: 'A' }, old))).toBe(1);
    now = NOW + 7 * DAY;
    expect(await kept(order({ order_id: 'A' }, old))).toBe(2);
  });

  it('are not compared with events of other sources, and count as deliveries of their event_id all the same', async () => {
    const online = goodEvent({ custom_data: { value: 5, currency: 'EUR', order_id: 'A' } });
    expect(await kept(order({ order_id: 'A' }), online)).toBe(2);
    expect([...sandbox.deliveries()]).toEqual([['Purchase\u0000order-1', 2]]);
  });
});
