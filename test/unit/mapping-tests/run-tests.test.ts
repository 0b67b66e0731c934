import { describe, expect, it } from 'vitest';
import { type ParsedMapping, parseMapping } from '../../../src/mapping/compile-mapping.ts';
import { runTests } from '../../../src/mapping-tests/run-tests.ts';
import { mappingFile, NOW } from '../../support/bind-for-test.ts';

type Loose = Record<string, unknown>;
const parsed = (tests: Loose[], event: Loose = {}, changes: Loose = {}): ParsedMapping =>
  parseMapping(mappingFile({ ...changes, tests }, event)).mapping;
const ROW = { id: 7, at: '2020-01-02 03:04:05', email: 'ada@example.com' };
const differences = (tests: Loose[], event: Loose = {}, changes: Loose = {}) =>
  runTests(parsed(tests, event, changes), NOW).map((result) => result.differences);

describe('a test of a mapping', () => {
  it('takes the kind of a column from the values of all tests: one decimal makes whole numbers decimals', () => {
    const custom_data = { custom_properties: { half: '=n / 2.0', known: '=flag && tags.size() == 2' } };
    const rows = [
      { row: { ...ROW, n: 3, flag: true, tags: ['a', 'b'] }, event: { custom_data: { half: 1.5, known: true } } },
      { row: { ...ROW, n: 2.5, flag: false, tags: [] }, event: { custom_data: { half: 1.25, known: false } } },
    ].map((test, n) => ({ name: String(n), ...test }));
    expect(differences(rows, { custom_data })).toEqual([[], []]);
  });

  it('reads times with and without a zone as times', () => {
    const custom_data = { custom_properties: { year: '=at.getFullYear()' } };
    const tests = [{ name: 'a', row: ROW, event: { event_time: '2020-01-02T03:04:05Z', custom_data: { year: 2020 } } }];
    expect(differences(tests, { custom_data })).toEqual([[]]);
  });

  it('compares maps in part, lists whole, and null as absence', () => {
    const custom_data = { contents: [{ id: 'a', quantity: 1 }, { id: 'b' }], order_id: '=order_no' };
    const expecting = (data: Loose) =>
      differences([{ name: 'a', row: { ...ROW, order_no: 'A-1' }, event: { custom_data: data } }], { custom_data })[0];
    expect(expecting({ contents: [{ id: 'a' }, { id: 'b' }] })).toEqual([]);
    expect(expecting({ contents: [{ id: 'a' }] })).toHaveLength(1);
    expect(expecting({ currency: null })).toEqual([]);
    expect(expecting({ order_id: null })).toEqual([
      { path: 'event.custom_data.order_id', expected: 'nothing', actual: '"A-1"' },
    ]);
  });

  it('takes several values of a key in any order, and neither more nor fewer', () => {
    const user_data = { em: ['=email', '=second'] };
    const row = { ...ROW, second: 'Bob@Example.com' };
    const expecting = (em: unknown) =>
      differences([{ name: 'a', row, event: { user_data: { em } } }], { user_data })[0]?.length;
    expect(expecting(['bob@example.com', 'ada@example.com'])).toBe(0);
    expect(expecting('ada@example.com')).toBe(1);
    expect(expecting(['bob@example.com', 'ada@example.com', 'eve@example.com'])).toBe(1);
  });

  it('shows both sides in normal form and hash, and which column of the row it was', () => {
    const [found] = differences([{ name: 'a', row: ROW, event: { user_data: { em: 'bob@example.com' } } }]);
    expect(found?.[0]?.expected).toMatch(/^"bob@example.com" \(sha256 [0-9a-f]{12}…\)$/);
    expect(found?.[0]?.actual).toMatch(/^"ada@example.com" \(sha256 [0-9a-f]{12}…, of the column email\)$/);
  });

  it('shows the hash alone where no column is the normal form as it stands', () => {
    const user_data = { em: '=email + "x"' };
    const [found] = differences([{ name: 'a', row: ROW, event: { user_data: { em: 'bob@example.com' } } }], {
      user_data,
    });
    expect(found?.[0]?.actual).toMatch(/^sha256 [0-9a-f]{12}…$/);
  });

  it('says which outcome came instead', () => {
    const tests = [
      { name: 'a', row: ROW, skipped: 'filter' },
      { name: 'b', row: { ...ROW, email: null }, event: { event_name: 'Lead' } },
      { name: 'c', row: { ...ROW, id: 8 }, rejected: 'value-missing' },
    ];
    expect(differences(tests).map((each) => each[0]?.actual)).toEqual([
      'an event',
      expect.stringMatching(/^rejected: [a-z-]+ \(user_data\)$/),
      'an event',
    ]);
  });

  it('fails every test of a mapping whose expressions do not fit the rows, and names the place', () => {
    const found = differences([{ name: 'a', row: { ...ROW, total: 'x' }, event: {} }], {
      custom_data: { value: '=total * 2', currency: 'EUR' },
    });
    expect(found[0]?.[0]?.path).toBe('event.custom_data.value');
  });
});
