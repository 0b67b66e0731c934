import { describe, expect, it } from 'vitest';
import { dateFormat } from '../../../src/transform/date-format.ts';
import { DROP } from '../../../src/transform/drop.ts';
import { normaliseBirthDate } from '../../../src/transform/normalise-birth-date.ts';

const now = () => Date.UTC(2026, 10, 23, 12);
const read = (text: string, format?: string) => normaliseBirthDate(text, { dateFormat: format }, now);

describe('normaliseBirthDate', () => {
  it.each([
    '1997-02-16',
    '19970216',
    '1997/2/16',
    '1997.02.16',
    '1997-02-16 23:30:00+00',
    '1997-02-16T00:00:00Z',
    '16.02.1997',
    '2/16/1997',
    '16. 2. 1997',
    '16021997',
    '02161997',
  ])('reads %s without a format', (text) => expect(read(text)).toBe('19970216'));

  it('refuses to guess between day and month', () => {
    for (const text of ['05.04.1990', '4/5/1990', '05041990', '05-04-1990 00:00:00'])
      expect(read(text)).toBe(DROP['ambiguous-date']);
    expect(read('05.05.1990')).toBe('19900505');
  });

  it('reads by a declared format, and year-first texts beside it', () => {
    expect(read('05.04.1990', 'DD.MM.YYYY')).toBe('19900405');
    expect(read('5.4.1990 00:00:00', 'DD.MM.YYYY')).toBe('19900405');
    expect(read('04/05/1990', 'MM/DD/YYYY')).toBe('19900405');
    expect(read('05041990', 'DDMMYYYY')).toBe('19900405');
    expect(read('1990-04-05', 'DD.MM.YYYY')).toBe('19900405');
  });

  it('drops what contradicts the declared format', () => {
    expect(read('16/02/1997', 'DD.MM.YYYY')).toBe(DROP['invalid-date']);
    expect(read('13.13.1997', 'DD.MM.YYYY')).toBe(DROP['invalid-date']);
    expect(read('2/16/1997', 'DD/MM/YYYY')).toBe(DROP['invalid-date']);
    expect(read('16.02.1997', 'not a format')).toBe(DROP['invalid-date']);
  });

  it('drops days that do not exist, short years, and what is before 1900 or to come', () => {
    expect(read('1997-02-29')).toBe(DROP['invalid-date']);
    expect(read('31.04.1990')).toBe(DROP['invalid-date']);
    expect(read('2000-02-29')).toBe('20000229');
    expect(read('1900-02-29')).toBe(DROP['invalid-date']);
    expect(read('0000-00-00')).toBe(DROP['invalid-date']);
    expect(read('02/16/97')).toBe(DROP['two-digit-year']);
    expect(read('1899-12-31')).toBe(DROP['date-out-of-range']);
    expect(read('2026-11-25')).toBe(DROP['date-out-of-range']);
    expect(read('2026-11-24')).toBe('20261124');
    expect(read('yesterday')).toBe(DROP['invalid-date']);
    expect(read('')).toBe(DROP.empty);
  });
});

describe('dateFormat', () => {
  it('knows formats of one year, one month and one day', () => {
    expect(dateFormat('YYYY-M-D')?.('1997-2-16')).toEqual({ year: 1997, month: 2, day: 16 });
    for (const format of ['DD.MM.YY', 'MM/YYYY', 'DD.DD.YYYY', '', 'DD.MM.YYYY HH', 'dd.mm.yyyy'])
      expect(dateFormat(format)).toBeUndefined();
  });
});
