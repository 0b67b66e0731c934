import { describe, expect, it } from 'vitest';
import { DROP } from '../../../src/transform/drop.ts';
import { normaliseState } from '../../../src/transform/normalise-state.ts';

describe('normaliseState', () => {
  it.each([
    ['California', undefined, 'ca'],
    ['N.Y.', 'us', 'ny'],
    ['US-TX', 'us', 'tx'],
    ['Puerto Rico', 'us', 'pr'],
    ['Washington, D.C.', 'us', 'dc'],
    ['Ontario', 'ca', 'on'],
    ['Québec', undefined, 'qc'],
    ['CA-BC', undefined, 'bc'],
    ['DE-BY', 'de', 'by'],
    ['DE-BY', undefined, 'deby'],
    ['New South Wales', 'au', 'newsouthwales'],
    ['California', 'mx', 'california'],
    ['Georgia', 'ge', 'georgia'],
    ['Baden-Württemberg', 'de', 'badenwürttemberg'],
    ['大阪府', 'jp', '大阪府'],
    ['75', 'fr', '75'],
  ])('%s in %s becomes %s', (text, country, expected) => expect(normaliseState(text, { country })).toBe(expected));

  it('drops what is no state of the USA where the country is', () => {
    expect(normaliseState('Bayern', { country: 'us' })).toBe(DROP['unknown-state']);
    expect(normaliseState('XX', { country: 'us' })).toBe(DROP['unknown-state']);
    expect(normaliseState(' . ', {})).toBe(DROP.empty);
  });
});
