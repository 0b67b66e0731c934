import { expect, it } from 'vitest';
import { trackSettlement } from '../../../src/sync/settlement.ts';

const at = (cursor: string) => ({ cursor, key: ['1'] });

it('gives the end of the settled prefix once, whatever the order of outcomes', () => {
  const settlement = trackSettlement();
  const [a, b, c] = [settlement.begin(2, at('a')), settlement.begin(1, at('b')), settlement.begin(3, at('c'))];
  settlement.resolve(b);
  expect(settlement.takePosition()).toBeUndefined();
  settlement.resolve(a, 2);
  expect(settlement.takePosition()).toEqual(at('b'));
  expect(settlement.takePosition()).toBeUndefined();
  settlement.resolve(c, 2);
  expect(settlement.openRows()).toBe(1);
  settlement.resolve(c);
  expect(settlement.takePosition()).toEqual(at('c'));
});

it('waits for pages of the lookback window and does not move to their end', () => {
  const settlement = trackSettlement();
  const lookback = settlement.begin(1, undefined);
  const page = settlement.begin(1, at('a'));
  settlement.resolve(page);
  expect(settlement.takePosition()).toBeUndefined();
  settlement.resolve(lookback);
  expect(settlement.takePosition()).toEqual(at('a'));
  settlement.resolve(settlement.begin(1, undefined));
  expect(settlement.takePosition()).toBeUndefined();
});

it('tells once that a page is settled, also when no row more is resolved', () => {
  const settlement = trackSettlement();
  let told = 0;
  const page = settlement.begin(2, undefined, () => {
    told += 1;
  });
  for (const rows of [0, 2, 0, 0]) settlement.resolve(page, rows);
  expect(told).toBe(1);
});
