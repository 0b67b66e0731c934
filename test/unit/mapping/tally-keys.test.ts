import { expect, it } from 'vitest';
import { type KeyCombination, tallyKeys } from '../../../src/mapping/tally-keys.ts';
import { USER_DATA } from '../../../src/meta/parameters.ts';

it('counts events by the set of keys they carry', () => {
  const together: KeyCombination[] = [];
  const tally = tallyKeys(['em', 'ph', 'zp'], together);
  tally({ em: 'x', ph: undefined });
  tally({ em: ['x', 'y'], zp: 'z' });
  tally({ em: 'y' });
  tally({});
  expect(together).toEqual([
    { keys: ['em'], events: 2 },
    { keys: ['em', 'zp'], events: 1 },
    { keys: [], events: 1 },
  ]);
});

it('tells every key of Meta apart', () => {
  const keys = Object.keys(USER_DATA);
  const together: KeyCombination[] = [];
  const tally = tallyKeys(keys, together);
  for (const key of keys) tally({ [key]: 'x' });
  expect(together.map((each) => each.keys)).toEqual(keys.map((key) => [key]));
  expect(keys.length).toBeLessThan(31);
});
