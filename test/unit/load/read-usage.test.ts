import { describe, expect, it } from 'vitest';
import { readRetryAfter, readUsage } from '../../../src/load/read-usage.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const useCase = (...fields: object[]): string => JSON.stringify({ '1234': fields });

describe('readUsage', () => {
  it('is nothing without headers', () => {
    expect(readUsage({ 'content-type': 'text/html' })).toBeUndefined();
  });

  it('takes the limit that is nearest, over all headers and use cases', () => {
    expect(readUsage({ 'x-app-usage': '{"call_count":28,"total_time":91,"total_cputime":25}' })?.percent).toBe(91);
    expect(readUsage({ 'x-ad-account-usage': '{"acc_id_util_pct":9.67}' })?.percent).toBe(9.67);
    expect(
      readUsage({
        'x-app-usage': '{"call_count":10}',
        'x-business-use-case-usage': useCase({ call_count: 5 }, { type: 'ads_management', total_cputime: 88 }),
      })?.percent,
    ).toBe(88);
  });

  it('reads the time until access returns: minutes of a use case, seconds of an account whose limit is reached', () => {
    const business = useCase({ call_count: 100, estimated_time_to_regain_access: 19 });
    expect(readUsage({ 'x-business-use-case-usage': business })).toEqual({ percent: 100, regainMs: 1_140_000 });
    expect(readUsage({ 'x-ad-account-usage': '{"acc_id_util_pct":100,"reset_time_duration":90}' })?.regainMs).toBe(
      90_000,
    );
    expect(readUsage({ 'x-ad-account-usage': '{"acc_id_util_pct":40,"reset_time_duration":90}' })?.regainMs).toBe(0);
  });

  it.each(['', 'x', 'null', '[]', '5', '{"1":null}', '{"1":[null,5]}', '{"call_count":"90"}', '{"call_count":1e999}'])(
    'makes nothing of %s',
    (text) => {
      const usage = readUsage({ 'x-app-usage': text, 'x-business-use-case-usage': text });
      expect([usage?.percent ?? 0, usage?.regainMs ?? 0]).toEqual([0, 0]);
    },
  );
});

describe('readRetryAfter', () => {
  it.each([
    ['7', 7_000],
    [' 7 ', 7_000],
    ['86400', 3_600_000],
    ['Tue, 24 Nov 2026 12:00:30 GMT', 30_000],
    ['Tuesday, 24-Nov-26 12:00:30 GMT', 30_000],
    ['Tue Nov 24 12:00:30 2026 GMT', 30_000],
    ['Wed, 25 Nov 2026 12:00:00 GMT', 3_600_000],
    ['Tue, 24 Nov 2026 11:59:59 GMT', undefined],
    ['0', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s is %s milliseconds', (header, expected) => {
    expect(readRetryAfter(header, NOW)).toBe(expected);
  });
});
