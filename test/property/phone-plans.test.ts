import { createRequire } from 'node:module';
import fc from 'fast-check';
import type { CountryCode, Examples, MetadataJson } from 'libphonenumber-js/core';
import { describe, expect, it } from 'vitest';
import { isDrop } from '../../src/transform/drop.ts';
import { normalisePhone } from '../../src/transform/normalise-phone.ts';
import { phoneLibrary } from '../../src/transform/phone-library.ts';
import { parseByPlan } from '../../src/transform/phone-plans.ts';

const require = createRequire(import.meta.url);
const core = require('libphonenumber-js/core') as typeof import('libphonenumber-js/core');
const json = require('libphonenumber-js/max/metadata') as MetadataJson;
const examples = require('libphonenumber-js/mobile/examples') as Examples;
const countries = core.getCountries(json);
/** Thirty countries that shops sell to, shared calling codes and odd plans among them. */
const COMMON: readonly CountryCode[] =
  'US CA GB DE FR ES IT PT NL BE AT CH SE DK NO FI PL CZ HU RO GR IE TR RU BR MX AR IN JP AU'.split(
    ' ',
  ) as CountryCode[];

const digits = (length: { minLength: number; maxLength: number }) =>
  fc.array(fc.integer({ min: 0, max: 9 }), length).map((list) => list.join(''));

/** The example number of a country with some digits changed, cut or added: near the borders of its plan. */
const nearExample = (country: CountryCode) =>
  fc
    .tuple(
      fc.constantFrom('', '0', '1', '8', '06', '9', '00', '011', core.getCountryCallingCode(country, json)),
      digits({ minLength: 0, maxLength: 6 }),
      fc.integer({ min: 0, max: 3 }),
    )
    .map(([prefix, tail, cut]) => {
      const national = core.getExampleNumber(country, examples, json)?.nationalNumber ?? '';
      return (
        prefix +
        national.slice(0, Math.max(0, national.length - tail.length)) +
        tail.slice(0, tail.length - cut || undefined)
      );
    });

const holds = (number: string, country: CountryCode | undefined): boolean => {
  const plan = parseByPlan(number, country?.toLowerCase());
  return !plan.decided || plan.digits === phoneLibrary().parse(number, country);
};

describe('phone numbers by plan', () => {
  it('are what the library finds, for national numbers of thirty countries', () => {
    for (const country of COMMON)
      fc.assert(
        fc.property(fc.oneof(nearExample(country), digits({ minLength: 1, maxLength: 18 })), (number) =>
          holds(number, country),
        ),
        {
          numRuns: 600,
        },
      );
  });

  it('are what the library finds, for national numbers of every other country', () => {
    for (const country of countries)
      fc.assert(
        fc.property(nearExample(country), (number) => holds(number, country)),
        { numRuns: 40 },
      );
  });

  it('are what the library finds, for international numbers', () => {
    const near = fc
      .constantFrom(...countries)
      .chain((country) =>
        nearExample(country).map((number) => `+${core.getCountryCallingCode(country, json)}${number}`),
      );
    const random = digits({ minLength: 1, maxLength: 18 }).map((number) => `+${number}`);
    fc.assert(fc.property(fc.oneof(near, random), fc.constantFrom(undefined, ...COMMON), holds), { numRuns: 20_000 });
  });

  it('are decided without the library for nearly every number people write', () => {
    const written = COMMON.flatMap((country) => {
      const number = core.getExampleNumber(country, examples, json);
      return number === undefined
        ? []
        : [number.number, number.formatNational().replace(/\D/g, '')].map((text) => [text, country] as const);
    });
    const decided = written.filter(([text, country]) => parseByPlan(text, country.toLowerCase()).decided);
    expect(decided.length / written.length).toBeGreaterThan(0.9);
  });
});

describe('normalisePhone', () => {
  it('finds a number in the national and the international notation of its country, with (0) or 00', () => {
    for (const country of countries) {
      const number = core.getExampleNumber(country, examples, json);
      if (number === undefined) continue;
      const context = { country: country.toLowerCase() };
      const expected = number.number.slice(1);
      expect([country, normalisePhone(number.formatInternational(), {})]).toEqual([country, expected]);
      expect([country, normalisePhone(number.formatNational(), context)]).toEqual([country, expected]);
      expect([country, normalisePhone(`00${expected}`, {})]).toEqual([country, expected]);
      // The plus is what spreadsheets lose.
      expect([country, normalisePhone(expected, context)]).toEqual([country, expected]);
      const hasTrunkZero = number.formatNational().replace(/\D/g, '') === `0${number.nationalNumber}`;
      const trunk = `+${number.countryCallingCode} (0)${number.nationalNumber}`;
      if (hasTrunkZero) expect([country, normalisePhone(trunk, {})]).toEqual([country, expected]);
    }
  });

  it('gives digits or a drop for any text, and its own result again for its own result', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[+()0-9 ./x-]{0,24}$/));
    fc.assert(
      fc.property(text, fc.constantFrom(undefined, 'de', 'us', 'ru', 'xx'), (written, country) => {
        const result = normalisePhone(written, { country });
        if (isDrop(result)) return;
        expect(result).toMatch(/^[1-9]\d{3,14}$/);
        expect(normalisePhone(`+${result}`, { country })).toBe(result);
      }),
      { numRuns: 5000 },
    );
  });
});
