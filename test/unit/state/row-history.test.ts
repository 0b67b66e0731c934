import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leaseOf, type TemporaryState, temporaryState } from '../../support/temporary-state.ts';

const DAY = 20_780;
const NOW = DAY * 86_400 + 100;
const KEY = 'ab'.repeat(16);
const NOTHING = { acknowledgedDay: undefined, openDay: undefined, deadLetter: undefined };
const NO_DUE = { runId: 1, deadLetters: [], cleared: [], checkpoint: undefined };

let temporary: TemporaryState;
beforeEach(async () => {
  temporary = await temporaryState();
});
afterEach(() => temporary.remove());

describe('the history of a row', () => {
  it('is empty for a mapping that never ran, a key never sent and a row never rejected', async () => {
    const { state } = temporary;
    expect(await state.findRowHistory('leads', KEY, ['7'])).toEqual(NOTHING);
    await leaseOf(state);
    expect(await state.findRowHistory('leads', KEY, ['7'])).toEqual(NOTHING);
    expect(await state.findRowHistory('leads', undefined, ['7'])).toEqual(NOTHING);
  });

  it('follows a key from the sending over the acknowledgement into the ledger', async () => {
    const { state } = temporary;
    const fence = await leaseOf(state);
    const batch = await state.planBatch(fence, 1, ['cd'.repeat(16), KEY], NOW);
    expect(await state.findRowHistory('leads', KEY, ['7'])).toEqual({ ...NOTHING, openDay: DAY });
    await state.ackBatch(fence, batch, NO_DUE, NOW);
    expect(await state.findRowHistory('leads', KEY, ['7'])).toEqual({ ...NOTHING, acknowledgedDay: DAY });
    await state.foldAcked(fence);
    expect(await state.findRowHistory('leads', KEY, ['7'])).toEqual({ ...NOTHING, acknowledgedDay: DAY });
    expect(await state.findRowHistory('leads', 'ef'.repeat(16), ['7'])).toEqual(NOTHING);
    // Another mapping has a ledger of its own.
    await leaseOf(state, 'orders');
    expect(await state.findRowHistory('orders', KEY, ['7'])).toEqual(NOTHING);
  });

  it('finds the dead letter of the row by its whole key', async () => {
    const { state } = temporary;
    const fence = await leaseOf(state);
    const letter = {
      rowKey: ['a', '7'],
      fingerprint: 'f'.repeat(16),
      origin: 'local',
      code: 'value-missing',
      field: 'custom_data.value',
    } as const;
    await state.settle(fence, { ...NO_DUE, deadLetters: [letter] }, NOW);
    expect((await state.findRowHistory('leads', KEY, ['a', '7'])).deadLetter).toEqual({
      fingerprint: 'f'.repeat(16),
      origin: 'local',
      code: 'value-missing',
      field: 'custom_data.value',
      lastAt: NOW,
      times: 1,
    });
    expect((await state.findRowHistory('leads', KEY, ['a'])).deadLetter).toBeUndefined();
  });

  it('needs no lease: another instance may be at work', async () => {
    const { state } = temporary;
    const fence = await leaseOf(state, 'leads', 'elsewhere#1#them');
    await state.planBatch(fence, 1, [KEY], NOW);
    expect(await state.findRowHistory('leads', KEY, ['7'])).toMatchObject({ openDay: DAY });
    await state.renewLease(fence, 60);
  });
});

it('a run keeps its coverage of match keys', async () => {
  const { state } = temporary;
  const fence = await leaseOf(state);
  const matchKeys = {
    events: 3,
    present: { em: 3 },
    dropped: {},
    broadOnly: 0,
    bands: { low: 0, medium: 3, good: 0, great: 0 },
  };
  const id = await state.startRun(fence, NOW);
  await state.finishRun(fence, id, {
    status: 'succeeded',
    endedAt: NOW,
    counts: undefined,
    matchKeys,
    errorCode: undefined,
    errorMessage: undefined,
  });
  expect((await state.listRuns('leads', 1))[0]?.matchKeys).toEqual(matchKeys);
});
