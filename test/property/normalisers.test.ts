import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { USER_DATA, type UserDataKey } from '../../src/meta/parameters.ts';
import { isDrop } from '../../src/transform/drop.ts';
import { foldWord, foldWordGeneral } from '../../src/transform/fold-word.ts';
import type { Normalise } from '../../src/transform/normalise.ts';
import { normaliseEmail, normaliseEmailGeneral } from '../../src/transform/normalise-email.ts';
import { normaliseAsciiCity } from '../../src/transform/normalise-name.ts';
import { normalisers } from '../../src/transform/normalisers.ts';
import { passHashed } from '../../src/transform/pass-hashed.ts';
import { nameParts } from '../../src/transform/split-name.ts';
import { bindForTest, mappingFile } from '../support/bind-for-test.ts';

/** Some 20,000 values; with TORTURE=long a million, and the same again through a mapping. */
const LONG = process.env.TORTURE === 'long';
const RUNS = LONG ? 33_000 : 660;
const TIMEOUT = 600_000;

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
/** Values that mean something to the key, with a little damage: there the rules have their edges. */
const inputsOf = (key: UserDataKey): string[] => {
  const file = new URL(`../fixtures/match-vectors/${key}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { input: string }[]).map(({ input }) => input);
};
const nearVectors = (key: UserDataKey): fc.Arbitrary<string> => {
  const inputs = inputsOf(key);
  const cut = fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 3 }), fc.oneof(fc.constant(''), scripts));
  return fc
    .tuple(fc.constantFrom(...inputs), fc.array(cut, { maxLength: 2 }))
    .map(([input, cuts]) =>
      cuts.reduce((text, [at, length, instead]) => text.slice(0, at) + instead + text.slice(at + length), input),
    );
};
const anyContext = fc.record({
  country: fc.constantFrom(...[undefined, 'us', 'de', 'gb', 'ca', 'jp', 'es', 'hu', 'in', 'nl', 'br', 'zz']),
  dateFormat: fc.constantFrom(undefined, 'DD.MM.YYYY', 'MM/DD/YYYY', 'DDMMYYYY', 'nonsense'),
});

/** What Meta's page allows of each key; of the others, what we promise. */
const WORD = /^[\p{L}\p{M}\p{N}]+$/u;
const PLAIN = /^[^\p{Cc}\p{Cs}]{1,2048}$/u;
const VALID: Readonly<Record<UserDataKey, RegExp>> = {
  em: /^[^\s@]+@[^\s@]+\.[^\s@.]+$/,
  ph: /^[1-9]\d{3,14}$/,
  fn: WORD,
  ln: WORD,
  ct: WORD,
  st: WORD,
  db: /^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/,
  ge: /^[fm]$/,
  zp: /^[\p{L}\p{M}\p{N}]{2,12}$/u,
  country: /^[a-z]{2}$/,
  external_id: /^\S(?:.*\S)?$/su,
  client_ip_address: /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f.]*:[0-9a-f:.]+)$/i,
  client_user_agent: PLAIN,
  fbc: /^fb\.\d{1,2}\.\d{13}\.[\x21-\x7e]+$/,
  fbp: /^fb\.\d{1,2}\.\d{13}\.\d+(?:\.[\w-]{2}|\.[\w-]{8})?$/,
  lead_id: /^\d{15,17}$/,
  madid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  subscription_id: PLAIN,
  fb_login_id: PLAIN,
  anon_id: PLAIN,
  page_id: PLAIN,
  page_scoped_user_id: PLAIN,
  ctwa_clid: PLAIN,
  ig_account_id: PLAIN,
  ig_sid: PLAIN,
  whatsapp_business_account_id: PLAIN,
  partner_id: PLAIN,
  partner_name: PLAIN,
};

type Case = { readonly name: string; readonly key: UserDataKey; readonly normalise: Normalise };
const CASES: readonly Case[] = [
  ...(Object.keys(USER_DATA) as UserDataKey[]).map((key) => ({ name: key, key, normalise: normalisers[key] })),
  { name: 'fn of a full name', key: 'fn', normalise: nameParts.fn },
  { name: 'ln of a full name', key: 'ln', normalise: nameParts.ln },
  { name: 'ct in ASCII', key: 'ct', normalise: normaliseAsciiCity },
];

describe('every normaliser', () => {
  it.each(CASES)(
    '$name: any text becomes a valid normal form that stays, or a drop',
    ({ key, normalise }) => {
      fc.assert(
        fc.property(fc.oneof(anyText, nearVectors(key)), anyContext, (text, context) => {
          const result = normalise(text, context);
          if (isDrop(result)) return;
          expect(result).not.toBe('');
          expect(result.isWellFormed()).toBe(true);
          expect(result).toMatch(VALID[key]);
          // A phone number has lost its plus: with it, it must come out again. A format is of the column, not of the normal form.
          const again = normalisers[key](key === 'ph' ? `+${result}` : result, { country: context.country });
          expect(again).toBe(result);
          if (key !== 'external_id') expect(result).not.toMatch(/^[0-9a-f]{64}$/i);
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT,
  );

  it(
    'on its way through a mapping: no text throws, is sent in plain where Meta wants a hash, or is hashed as nothing',
    () => {
      const keys = Object.keys(USER_DATA) as UserDataKey[];
      const user_data = Object.fromEntries(keys.map((key) => [key, '=value']));
      const file = mappingFile({}, { event_time: '=now', user_data });
      const { map, counts } = bindForTest(file, { value: 'text', now: 'timestamp' });
      const ofEmpty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
      fc.assert(
        fc.property(fc.oneof(anyText, ...keys.map(nearVectors)), (text) => {
          const mapped = map({ id: '1', now: '2026-11-23 11:00:00', value: text });
          if (mapped.kind !== 'event') return;
          const sent = JSON.parse(mapped.json).user_data as Readonly<Record<string, string>>;
          const hashes = keys.flatMap((key) => (USER_DATA[key].hashed ? (sent[key] ?? []) : []));
          expect(hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash))).toBe(true);
          expect(hashes).not.toContain(ofEmpty);
        }),
        // Each vector as it is, too: no key may go without a value by chance.
        { numRuns: RUNS + keys.flatMap(inputsOf).length, examples: keys.flatMap(inputsOf).map((text) => [text]) },
      );
      expect(Object.values(counts.present).every((count) => count > 0)).toBe(true);
      expect(Object.keys(counts.dropped).length).toBeGreaterThan(20);
    },
    TIMEOUT,
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
