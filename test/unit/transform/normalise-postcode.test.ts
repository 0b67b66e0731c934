import { describe, expect, it } from 'vitest';
import { DROP } from '../../../src/transform/drop.ts';
import { normalisePostcode } from '../../../src/transform/normalise-postcode.ts';

describe('normalisePostcode', () => {
  it.each([
    ['94035-1234', 'us', '94035'],
    ['94035-1234', undefined, '94035'],
    ['12345-6789', 'sa', '123456789'],
    ['00901', 'pr', '00901'],
    ['SW1A 2AA', 'gb', 'sw1a2aa'],
    ['D-10115', undefined, '10115'],
    ['CH 8001', 'ch', '8001'],
    ['LV-1010', 'lv', '1010'],
    ['AD500', 'ad', 'ad500'],
    ['D02 X285', 'ie', 'd02x285'],
    ['1012 AB', 'nl', '1012ab'],
    ['01310-100', 'br', '01310100'],
    ['〒１００－０００１', 'jp', '1000001'],
    ['00-950', 'pl', '00950'],
  ])('%s in %s becomes %s', (text, country, expected) => expect(normalisePostcode(text, { country })).toBe(expected));

  it.each([
    ['2134', 'us'],
    ['940351', 'us'],
    ['K1A 0B1', 'us'],
    ['n/a', undefined],
    ['00000', 'de'],
    ['123456789012345', undefined],
  ])('drops %s in %s', (text, country) => expect(normalisePostcode(text, { country })).toBe(DROP['invalid-postcode']));

  it('drops hashes and nothing', () => {
    expect(normalisePostcode('1794327A4d443904421f5ca1f3d72d0a62ba2f0770d80755ec2220fc0efb052e', {})).toBe(
      DROP['looks-hashed'],
    );
    expect(normalisePostcode('', { country: 'us' })).toBe(DROP.empty);
  });
});
