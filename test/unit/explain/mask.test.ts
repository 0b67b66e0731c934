import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskText, maskValue } from '../../../src/explain/mask.ts';

describe('a masked text', () => {
  it.each([
    ['ada@example.com', 'a*** (8-15: letters, signs)'],
    [' Ada Lovelace ', 'A*** (8-15: letters, spaces)'],
    ['+49 30 1234567', '+*** (8-15: digits, spaces, signs)'],
    ['030 1234567', '*** (8-15: digits, spaces)'],
    ['1997-02-16', '*** (8-15: digits, signs)'],
    ['us', '*** (1-3: letters)'],
    ['f', '*** (1-3: letters)'],
    ['Zoë', '*** (1-3: letters)'],
    ['漢字漢字', '漢*** (4-7: letters)'],
    ['   ', 'blank'],
  ])('of %j is %j', (text, masked) => {
    expect(maskText(text)).toBe(masked);
  });

  it('shows one character at the most, and never a digit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }), (text) => {
        const [shown = ''] = maskText(text).split('***');
        if (maskText(text) === 'blank') return;
        expect([...shown].length).toBeLessThanOrEqual(1);
        expect(shown).not.toMatch(/\p{N}/u);
      }),
    );
  });

  it('is the same for all texts of one class: nothing else of a text gets through', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^b[a-z]{8,12}$/), fc.stringMatching(/^b[a-z]{8,12}$/), (one, other) => {
        expect(maskText(one)).toBe(maskText(other));
      }),
    );
  });
});

it('masks values of every type', () => {
  expect(
    [12.5, 7n, true, null, new Date(0), [1, 2], { a: 1 }, new Uint8Array(2)].map((value) => maskValue(value)),
  ).toEqual([
    '*** (4-7: digits, signs)',
    '*** (1-3: digits)',
    'true or false',
    'none',
    'a point in time',
    'a list of 2',
    'a map of 1',
    'bytes',
  ]);
});
