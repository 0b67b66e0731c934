import { describe, expect, it } from 'vitest';
import { DROP } from '../../../src/transform/drop.ts';
import { normalisePhone } from '../../../src/transform/normalise-phone.ts';

const inCountry = (country: string) => (text: string) => normalisePhone(text, { country });

describe('normalisePhone', () => {
  it('reads a national number by the country of the row', () => {
    expect(inCountry('de')('0171/123 45-67')).toBe('491711234567');
    expect(inCountry('it')('06 1234 5678')).toBe('390612345678');
    expect(inCountry('ru')('8 (912) 345-67-89')).toBe('79123456789');
    expect(inCountry('gb')('020 7946 0958')).toBe('442079460958');
    expect(inCountry('mx')('55 1234 5678')).toBe('525512345678');
  });

  it('takes + and 00 as international in every country, the USA too', () => {
    for (const text of [
      '00 44 20 7946 0958',
      '+44 20 7946 0958',
      '(+44) 20 7946 0958',
      '+044 20 7946 0958',
      'tel:+442079460958',
    ])
      expect(inCountry('us')(text)).toBe('442079460958');
    expect(inCountry('us')('011 44 20 7946 0958')).toBe('442079460958');
    expect(inCountry('au')('0011 44 20 7946 0958')).toBe('442079460958');
    expect(inCountry('au')('0011 1 650 555 1212')).toBe('16505551212');
  });

  it('drops the trunk zero in parentheses, but keeps the zero that belongs to an Italian number', () => {
    expect(normalisePhone('+49 (0)171 1234567', {})).toBe('491711234567');
    expect(normalisePhone('+44 (0) 20 7946 0958', {})).toBe('442079460958');
    expect(normalisePhone('+39 (0)6 1234 5678', {})).toBe('390612345678');
  });

  it.each([
    '+1 650 555 1212 ext. 99',
    '+1 650 555 1212x99',
    '+1 650 555 1212 #99',
    '+1 650 555 1212,99',
    '+1 650 555 1212;ext=99',
    '+1 650 555 1212 Durchwahl 99',
    '+1 650 555 1212 доб. 99',
  ])('cuts the extension of %s', (text) => expect(normalisePhone(text, {})).toBe('16505551212'));

  it('reads full-width and Arabic digits', () => {
    expect(normalisePhone('＋４９（１７１）１２３４５６７', {})).toBe('491711234567');
    expect(inCountry('sa')('٠٥١٢٣٤٥٦٧٨')).toBe('966512345678');
    expect(inCountry('ir')('۰۹۱۲۳۴۵۶۷۸۹')).toBe('989123456789');
  });

  it('drops a national number without country, and says so', () => {
    expect(normalisePhone('0171 1234567', {})).toBe(DROP['phone-without-country']);
    expect(inCountry('aq')('0171 1234567')).toBe(DROP['phone-without-country']);
  });

  it.each([
    '1-800-FLOWERS',
    'call me',
    '+0000000000',
    '+49',
    '12',
    '+1 650 555 121',
    '0171 1234567 / 030 1234567',
    '++49 171 1234567',
    '49+1711234567',
    '1'.repeat(65),
    'null',
  ])('drops %s as no number', (text) => expect(inCountry('us')(text)).toBe(DROP['invalid-phone']));

  it('tells a hash from a number', () => {
    expect(inCountry('us')('e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176')).toBe(
      DROP['looks-hashed'],
    );
  });

  it('gives the same again for what only the library can decide', () => {
    const results = [1, 2].map(() => inCountry('ag')('4641234'));
    expect(results).toEqual(['12684641234', '12684641234']);
  });
});
