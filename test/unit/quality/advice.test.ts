import { describe, expect, it } from 'vitest';
import { adviseMatchKeys, percent } from '../../../src/quality/advice.ts';
import type { MatchCoverage } from '../../../src/quality/coverage.ts';
import { typicalKey } from '../../../src/quality/typical-columns.ts';

const COVERAGE: MatchCoverage = {
  events: 100,
  present: { em: 100 },
  dropped: {},
  broadOnly: 0,
  bands: { low: 0, medium: 100, good: 0, great: 0 },
};
const advise = (coverage: Partial<MatchCoverage>, mapped: string[], columns: string[] = []) =>
  adviseMatchKeys({ coverage: { ...COVERAGE, ...coverage }, mapped, columns });

describe('advice', () => {
  it('names columns that look like a match key and are not mapped, the weightiest first, as they are to be written', () => {
    expect(advise({}, ['em'], ['id', 'city', 'phone', 'email', 'fbclid', 'Last Name'])).toEqual([
      'column "fbclid" is not mapped: fbc: { fbclid: =fbclid, at: =<time of the click> }',
      'column "phone" is not mapped: ph: =phone',
      'column "city" is not mapped: ct: =city',
      'column "Last Name" is not mapped: ln: \'=row["Last Name"]\'',
    ]);
  });

  it('says nothing of a key that is mapped, whatever its column is called', () => {
    expect(advise({}, ['em', 'ph'], ['email', 'backup_email', 'mobile', 'notes', 'status'])).toEqual([]);
  });

  it('names keys that lose many values, with the cure of the most frequent reason', () => {
    const dropped = { ph: { 'invalid-phone': 1, 'phone-without-country': 11 }, em: { 'invalid-email': 1 } };
    expect(advise({ present: { em: 99, ph: 88 }, dropped }, ['em', 'ph'])).toEqual([
      'ph loses 12% of its values (phone-without-country): map user_data.country or set defaults.country',
    ]);
    // Meta knows no other gender: there is nothing to do.
    expect(advise({ present: { ge: 1 }, dropped: { ge: { 'unknown-gender': 9 } } }, ['ge'])).toEqual([]);
  });

  it('says when events have no key that points to one person', () => {
    expect(advise({ broadOnly: 30 }, ['zp'])).toEqual([
      '30% of the events have no key that points to one person: em, ph, external_id or fbc would',
    ]);
    expect(advise({ broadOnly: 1 }, ['zp'])).toEqual([]);
  });
});

describe('a typical column', () => {
  it.each([
    ['email', 'em'],
    ['E-Mail', 'em'],
    ['customer_email_address', 'em'],
    ['PhoneNumber', 'ph'],
    ['billing_phone', 'ph'],
    ['firstName', 'fn'],
    ['PostalCode', 'zp'],
    ['shipping_country_code', 'country'],
    ['customer_id', 'external_id'],
    ['user_agent', 'client_user_agent'],
    ['_fbp', 'fbp'],
    ['date_of_birth', 'db'],
  ])('%s feeds %s', (column, key) => {
    expect(typicalKey(column)).toBe(key);
  });

  it.each([
    'id',
    'status',
    'total',
    'email_sha256',
    'emailed_at',
    'phone_verified',
    'city_tax',
    'country_manager_id',
    'order_state_id',
  ])('%s feeds none', (column) => {
    expect(typicalKey(column)).toBeUndefined();
  });
});

it('never rounds to none or all what is neither', () => {
  expect([0, 0.004, 0.125, 0.999, 1].map(percent)).toEqual(['0%', '<1%', '13%', '>99%', '100%']);
});
