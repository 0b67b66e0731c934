import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEY_RANKS } from '../../../src/meta/match-key-ranking.ts';
import { USER_DATA } from '../../../src/meta/parameters.ts';
import { BANDS, bandOf, isBroad, weightOf } from '../../../src/quality/match-quality.ts';

describe('the band of an event', () => {
  it.each([
    [[], 'low'],
    [['client_user_agent'], 'low'],
    [['ph'], 'low'],
    [['em'], 'medium'],
    [['em', 'ph'], 'medium'],
    [['em', 'ph', 'fn'], 'good'],
    [['em', 'ph', 'fn', 'ln', 'external_id'], 'great'],
    [['em', 'fbc', 'fbp', 'client_ip_address'], 'great'],
    // Much of it, but a single key that points to one person.
    [['em', 'fn', 'ln', 'ct', 'zp', 'country', 'db'], 'good'],
    // None that does.
    [['fn', 'ln', 'ct', 'zp', 'country', 'db', 'st', 'ge'], 'medium'],
    [['page_id', 'partner_name'], 'low'],
  ] as const)('of %j is %s', (keys, band) => {
    expect(bandOf(keys)).toBe(band);
  });

  it('never falls when a key is added', () => {
    const keys = Object.keys(USER_DATA);
    fc.assert(
      fc.property(fc.subarray(keys), fc.constantFrom(...keys), (some, one) => {
        const more = some.includes(one) ? some : [...some, one];
        expect(BANDS.indexOf(bandOf(more))).toBeGreaterThanOrEqual(BANDS.indexOf(bandOf(some)));
      }),
    );
  });

  it('follows the ranking of Meta: a high key weighs more than a medium one, that more than a low one', () => {
    expect(KEY_RANKS).toMatchObject({ em: 'high', fbc: 'high', ph: 'medium', country: 'medium', fn: 'low', zp: 'low' });
    expect(weightOf('em')).toBeGreaterThan(weightOf('ph'));
    expect(weightOf('ph')).toBeGreaterThan(weightOf('fn'));
    expect(weightOf('no key of Meta')).toBe(0);
  });
});

it('tells broad keys from those that point to one person', () => {
  expect(isBroad(['fn', 'zp', 'client_ip_address', 'client_user_agent', 'country'])).toBe(true);
  for (const key of ['em', 'ph', 'external_id', 'fbc', 'fbp', 'lead_id']) expect(isBroad(['zp', key])).toBe(false);
});
