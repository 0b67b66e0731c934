import { describe, expect, it } from 'vitest';
import { showMatchKeys } from '../../../src/cli/show-match-keys.ts';
import { runJson, showRuns } from '../../../src/cli/show-runs.ts';
import { openTerminal, table } from '../../../src/cli/terminal.ts';
import type { MatchCoverage } from '../../../src/quality/coverage.ts';
import type { RunResult } from '../../../src/sync/run-mapping.ts';

const plain = { paint: (_: unknown, text: string) => text, width: 80 };
const RESULT: RunResult = {
  mapping: 'shop-purchases',
  status: 'completed_with_rejections',
  counts: {
    ...{ read: 1412, sent: 1400, duplicate: 7, filtered: 3, withoutConsent: 1, rejected: 2, expired: 0 },
    ...{ batches: 2, requests: 3, retries: 1, inDoubtResent: 4 },
  },
  matchKeys: {
    present: { em: 3, ph: 0 },
    dropped: { ph: { 'invalid-phone': 2 } },
    together: [{ keys: ['em'], events: 3 }],
  },
  checkpoint: { cursor: '2026-11-20 10:00:00.123456+00', key: ['412'], fingerprint: 'secret-print' },
  durationMs: 912,
  error: undefined,
  exitCode: 1,
};

describe('run --json', () => {
  it('is the document of the contract, key by key', () => {
    expect(runJson(RESULT)).toEqual({
      mapping: 'shop-purchases',
      status: 'completed_with_rejections',
      ...{
        read: 1412,
        sent: 1400,
        duplicate: 7,
        filtered: 3,
        filtered_by: { filter: 2, consent: 1 },
        rejected: 2,
        expired: 0,
      },
      ...{ batches: 2, requests: 3, retries: 1, in_doubt_resent: 4 },
      checkpoint: { cursor: '2026-11-20 10:00:00.123456+00', key: ['412'] },
      duration_ms: 912,
      forecast: null,
      horizon: null,
      match_keys: {
        events: 3,
        present: { em: 3, ph: 0 },
        dropped: { ph: { 'invalid-phone': 2 } },
        broad_only: 0,
        bands: { low: 0, medium: 3, good: 0, great: 0 },
        estimate: 'medium',
      },
      error: null,
    });
  });

  it('says null where there is nothing', () => {
    const error = { code: 'busy', message: 'm', hint: undefined };
    expect(runJson({ ...RESULT, checkpoint: undefined, error })).toMatchObject({
      checkpoint: null,
      error: { code: 'busy', message: 'm', hint: null },
    });
  });
});

describe('showRuns', () => {
  it('is a table with one row a mapping, and says what needs attention', () => {
    const text = showRuns(
      [
        RESULT,
        {
          ...RESULT,
          mapping: 'x',
          status: 'succeeded',
          counts: { ...RESULT.counts, rejected: 0, inDoubtResent: 0, withoutConsent: 0 },
        },
      ],
      plain,
    );
    const lines = text.split('\n');
    expect(lines[0]).toMatch(/^mapping +status +read +sent +duplicate +filtered +rejected +expired +seconds$/);
    expect(lines[1]).toMatch(/^shop-purchases +rejections +1,412 +1,400 +7 +3 +2 +0 +0\.9$/);
    expect(lines[2]).toMatch(/^x +ok /);
    expect(lines.slice(3)).toEqual([
      'shop-purchases: 4 events were sent again because their outcome was unknown (same ids)',
      'shop-purchases: 1 of the filtered had no consent',
      'shop-purchases: rows were rejected; see "capi-sync dead-letters list shop-purchases"',
    ]);
  });

  it('ends with the error and its hint', () => {
    const error = { code: 'destination-auth', message: 'Meta refused the access token', hint: 'put a valid token' };
    expect(
      showRuns([{ ...RESULT, status: 'failed', error }], plain)
        .split('\n')
        .slice(-2),
    ).toEqual(['shop-purchases: Meta refused the access token [destination-auth]', '  put a valid token']);
  });
});

describe('showMatchKeys', () => {
  const coverage: MatchCoverage = {
    events: 20,
    present: { ph: 5, em: 10, zp: 0 },
    dropped: { ph: { 'invalid-phone': 1200, 'looks-hashed': 3, 'phone-without-country': 7 } },
    broadOnly: 7,
    bands: { low: 7, medium: 13, good: 0, great: 0 },
  };

  it('shows the share of events with each key, the most frequent first, and why values were dropped', () => {
    const lines = showMatchKeys(coverage, [], plain).split('\n');
    expect(lines.slice(0, 4).map((line) => line.split(/ +/)[0])).toEqual(['match', 'em', 'ph', 'zp']);
    expect(lines[0]).toContain('of 20 events');
    expect(lines[1]).toContain(`${'#'.repeat(6)}${'.'.repeat(6)}`);
    expect(lines[1]).toMatch(/ 50%$/);
    expect(lines[2]).toMatch(/1,200 invalid-phone, 7 phone-without-country, …$/);
    expect(lines[3]).toMatch(/ 0%$/);
  });

  it('calls the estimate an estimate, and gives the shares of its bands, the weak events and the advice', () => {
    const lines = showMatchKeys(coverage, ['map the phone'], plain).split('\n');
    expect(lines.slice(4)).toEqual([
      'match quality, an estimate: medium (events: 65% medium, 35% low)',
      '35% of the events have no key that points to one person',
      '- map the phone',
    ]);
  });

  it('estimates nothing where there is no event, and divides by nothing', () => {
    const none = {
      events: 0,
      present: { em: 0 },
      dropped: {},
      broadOnly: 0,
      bands: { low: 0, medium: 0, good: 0, great: 0 },
    };
    expect(showMatchKeys(none, [], plain)).toMatch(/^match key +of 0 events.*\nem .* 0%$/);
  });

  it('fits 80 columns', () => {
    const long = { ...coverage, present: { client_ip_address: 20, whatsapp_business_account_id: 3 } };
    for (const line of showMatchKeys(long, [], plain).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('the terminal', () => {
  it('writes data to stdout, the rest to stderr, and colours only where wanted', () => {
    const out: string[] = [];
    const err: string[] = [];
    const open = (isTTY: boolean, environment: Record<string, string>) =>
      openTerminal({ write: (text) => out.push(text), isTTY }, { write: (text) => err.push(text), isTTY }, environment);
    const terminal = open(true, {});
    terminal.out('data');
    terminal.err('log');
    expect([out, err]).toEqual([['data\n'], ['log\n']]);
    expect(terminal.paint('red', 'x')).not.toBe('x');
    expect(open(true, { NO_COLOR: '1' }).paint('red', 'x')).toBe('x');
    expect(open(false, {}).paint('red', 'x')).toBe('x');
    expect([open(true, {}).isInteractive, open(false, {}).isInteractive]).toEqual([true, false]);
    expect([open(false, {}).width, open(false, { COLUMNS: '132' }).width]).toEqual([80, 132]);
  });

  it('aligns numbers right and texts left', () => {
    expect(
      table(
        ['name', 'n'],
        [
          ['a', '1,000'],
          ['long name', '5'],
        ],
        plain.paint,
      ),
    ).toBe('name           n\na          1,000\nlong name      5');
    expect(table(['a', 'b'], [], plain.paint)).toBe('a  b');
  });
});
