import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { USER_DATA, type UserDataKey } from '../../src/meta/parameters.ts';
import { isDrop } from '../../src/transform/drop.ts';
import { foldWord, foldWordGeneral } from '../../src/transform/fold-word.ts';
import { normaliseEmail, normaliseEmailGeneral } from '../../src/transform/normalise-email.ts';
import { normalisers } from '../../src/transform/normalisers.ts';
import { passHashed } from '../../src/transform/pass-hashed.ts';

const scripts = fc.constantFrom(
  ...[
    'É',
    'e\u0301',
    'İ',
    'ß',
    'Σ',
    '정',
    '山',
    'ع',
    '\u200d',
    '\ufe0f',
    '-',
    '’',
    ' ',
    '.',
    '@',
    'a',
    'Z',
    '0',
    '9',
    '+',
    '/',
    '\ud800',
    '\u212a',
    '\u2126',
    'ﬁ',
    '٣',
    '９',
    '❤',
    '\u0307',
  ],
);
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.array(scripts, { maxLength: 16 }).map((parts) => parts.join('')),
  fc.stringMatching(/^[0-9a-fA-F]{60,66}$/),
  fc.stringMatching(/^[0-9./ -]{4,12}$/),
);
const anyContext = fc.record({
  country: fc.constantFrom(undefined, 'us', 'de', 'gb', 'ca', 'jp', 'zz'),
  dateFormat: fc.constantFrom(undefined, 'DD.MM.YYYY', 'MM/DD/YYYY', 'nonsense'),
});

/** What Meta's page allows of each hashed key. */
const VALID: Partial<Record<UserDataKey, RegExp>> = {
  em: /^[^\s@]+@[^\s@]+\.[^\s@.]+$/,
  ph: /^[1-9]\d{3,17}$/,
  fn: /^[\p{L}\p{M}\p{N}]+$/u,
  ln: /^[\p{L}\p{M}\p{N}]+$/u,
  ct: /^[\p{L}\p{M}\p{N}]+$/u,
  db: /^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/,
  ge: /^[fm]$/,
  zp: /^[\p{L}\p{M}\p{N}]{2,12}$/u,
  country: /^[a-z]{2}$/,
};

describe('every normaliser', () => {
  it.each(Object.keys(USER_DATA) as UserDataKey[])(
    '%s: any text becomes a valid normal form that stays, or a drop',
    (key) => {
      fc.assert(
        fc.property(anyText, anyContext, (text, context) => {
          const result = normalisers[key](text, context);
          if (isDrop(result)) return;
          expect(result).not.toBe('');
          expect(result.isWellFormed()).toBe(true);
          expect(result).toMatch(VALID[key] ?? /./su);
          // A phone number has lost its plus: with it, it must come out again.
          expect(normalisers[key](key === 'ph' ? `+${result}` : result, context)).toBe(result);
          if (key !== 'external_id' && USER_DATA[key].hashed) expect(result).not.toMatch(/^[0-9a-f]{64}$/);
        }),
        { numRuns: 2000 },
      );
    },
  );

  it('passHashed: gives a hash or a drop', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const result = passHashed(text);
        if (!isDrop(result)) expect(result).toMatch(/^[0-9a-f]{64}$|^[0-9a-fA-F]{64}\.[\w-]{2,8}$/);
      }),
    );
  });
});

describe('short cuts', () => {
  it('fold Latin and ASCII words as the full rule does', () => {
    const latin = fc.string({
      unit: fc.integer({ min: 0, max: 0x17f }).map((code) => String.fromCharCode(code)),
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.oneof(latin, anyText), (text) => foldWord(text) === foldWordGeneral(text)),
      { numRuns: 20_000 },
    );
  });

  it('read e-mail addresses as the full rule does', () => {
    const almost = fc.stringMatching(/^ ?[A-Za-z0-9.+_-]{0,6}@?[A-Za-z0-9.-]{0,8}(?:\.[A-Za-z0-9-]{1,4})? ?$/);
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), almost, anyText), (text) => {
        expect(normaliseEmail(text, {})).toEqual(normaliseEmailGeneral(text, {}));
      }),
      { numRuns: 20_000 },
    );
  });
});
