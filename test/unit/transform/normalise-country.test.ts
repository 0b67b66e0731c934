import { describe, expect, it } from 'vitest';
import { DROP } from '../../../src/transform/drop.ts';
import { normaliseCountry } from '../../../src/transform/normalise-country.ts';

describe('normaliseCountry', () => {
  it.each([
    ['de', 'de'],
    [' At ', 'at'],
    ['GBR', 'gb'],
    ['UK', 'gb'],
    ['EL', 'gr'],
    ['U.S.A.', 'us'],
    ['United States of America', 'us'],
    ['Estados Unidos', 'us'],
    ['США', 'us'],
    ['中国', 'cn'],
    ['台灣', 'tw'],
    ['日本', 'jp'],
    ['대한민국', 'kr'],
    ['مصر', 'eg'],
    ['Türkiye', 'tr'],
    ['turkiye', 'tr'],
    ['ESPAÑA', 'es'],
    ['Espana', 'es'],
    ['Česká republika', 'cz'],
    ['Suomi', 'fi'],
    ['The Netherlands', 'nl'],
    ['Holland', 'nl'],
    ["Côte d'Ivoire", 'ci'],
    ['Kosovo', 'xk'],
    ['England', 'gb'],
    ['Georgia', 'ge'],
  ])('%s is %s', (text, expected) => expect(normaliseCountry(text, {})).toBe(expected));

  it('drops what is unknown or means two countries, and never cuts a name to two letters', () => {
    for (const text of ['Xanadu', 'XX', 'AUTX', 'Kongo', 'EU', '276', '?', '__proto__', 'constructor'])
      expect(normaliseCountry(text, {})).toBe(DROP['unknown-country']);
    expect(normaliseCountry('', {})).toBe(DROP.empty);
  });
});
