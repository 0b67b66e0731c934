import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import { keyFilter } from '../../../src/dedup/key-filter.ts';

const keys = (count: number, of: string): string[] =>
  Array.from({ length: count }, (_, n) => hash('sha256', `${of}${n}`).slice(0, 32));

it('knows every key that was added, and takes few others for known', () => {
  const filter = keyFilter();
  const added = keys(200_000, 'a');
  filter.add(added.slice(0, 5));
  filter.add([]);
  filter.add(added.slice(5));
  expect(filter.known(added)).toEqual(added);
  expect(filter.known(keys(100_000, 'b')).length).toBeLessThan(50);
});

it('knows none at first', () => {
  expect(keyFilter().known(keys(10, 'a'))).toEqual([]);
});
