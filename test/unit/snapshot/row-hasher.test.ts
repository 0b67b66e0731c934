import { createHmac, hash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Cell } from '../../../connectors/connector.ts';
import { rowHasher } from '../../../src/snapshot/row-hasher.ts';

const SECRET = 'sixteen or more characters';
const { key, row, mark } = rowHasher(SECRET, 'members');

const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.constantFrom(null, '', '\u0000', '\u0001', 'null', '12', 12n, 12, '12.5', 12.5, true, 'true', '0c'),
  fc.constant(new Uint8Array([12])),
  fc.string(),
);
/** What tells two cells apart: their type and their content. */
const identity = (cells: readonly Cell[]): string =>
  JSON.stringify(
    cells.map((each) => [each instanceof Uint8Array ? 'bytes' : typeof each, each === null ? null : String(each)]),
  );

it('gives rows the same hash when and only when their cells are the same', () => {
  fc.assert(
    fc.property(fc.array(cell, { maxLength: 4 }), fc.array(cell, { maxLength: 4 }), (one, other) => {
      expect(row(one) === row(other)).toBe(identity(one) === identity(other));
    }),
    { numRuns: 2_000 },
  );
});

it('gives keys of several columns and rows of the same texts nothing in common', () => {
  expect(key(['a', 'b'])).not.toBe(key(['a","b']));
  expect(key(['ab', ''])).not.toBe(key(['a', 'b']));
  expect(key(['a'])).not.toBe(row(['a']));
});

it('makes 16 bytes that another secret, or another mapping, makes otherwise', () => {
  const all = [key(['a']), row(['a']), mark];
  for (const each of all) expect(each).toMatch(/^[0-9a-f]{32}$/);
  for (const other of [rowHasher('another secret of some length', 'members'), rowHasher(SECRET, 'leads')])
    for (const each of [other.key(['a']), other.row(['a']), other.mark]) expect(all).not.toContain(each);
});

it('cannot be found by trying what a row may hold, without the secret', () => {
  const email = 'ada@example.com';
  const guesses = [email, JSON.stringify([email]), `row\u0000members\u0000${JSON.stringify([email])}`];
  for (const guess of guesses) {
    expect(row([email])).not.toBe(hash('sha256', guess).slice(0, 32));
    expect(row([email])).not.toBe(createHmac('sha256', '').update(guess).digest('hex').slice(0, 32));
  }
});
