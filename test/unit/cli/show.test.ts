import { describe, expect, it } from 'vitest';
import { showMatchKeys } from '../../../src/cli/show-match-keys.ts';
import { runJson, showRuns } from '../../../src/cli/show-runs.ts';
import { openTerminal, table } from '../../../src/cli/terminal.ts';
import type { RunResult } from '../../../src/sync/run-mapping.ts';

const plain = { paint: (_: unknown, text: string) => text };
const RESULT: RunResult = {
  mapping: 'shop-purchases',
  status: 'completed_with_rejections',
  counts: {
    ...{ read: 1412, sent: 1400, duplicate: 7, filtered: 3, rejected: 2, expired: 0 },
    ...{ batches: 2, requests: 3, retries: 1, inDoubtResent: 4 },
  },
  matchKeys: { present: {}, dropped: {} },
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
      ...{ read: 1412, sent: 1400, duplicate: 7, filtered: 3, rejected: 2, expired: 0 },
      ...{ batches: 2, requests: 3, retries: 1, in_doubt_resent: 4 },
      checkpoint: { cursor: '2026-11-20 10:00:00.123456+00', key: ['412'] },
      duration_ms: 912,
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
        { ...RESULT, mapping: 'x', status: 'succeeded', counts: { ...RESULT.counts, rejected: 0, inDoubtResent: 0 } },
      ],
      plain,
    );
    const lines = text.split('\n');
    expect(lines[0]).toMatch(/^mapping +status +read +sent +duplicate +filtered +rejected +expired +seconds$/);
    expect(lines[1]).toMatch(/^shop-purchases +rejections +1,412 +1,400 +7 +3 +2 +0 +0\.9$/);
    expect(lines[2]).toMatch(/^x +ok /);
    expect(lines.slice(3)).toEqual([
      'shop-purchases: 4 events were sent again because their outcome was unknown (same ids)',
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
  it('shows the share of each key, the most frequent first, and why values were dropped', () => {
    const text = showMatchKeys(
      { present: { ph: 5, em: 10 }, dropped: { ph: { 'invalid-phone': 1200 }, zp: { empty: 1 } } },
      20,
      plain,
    );
    const lines = text.split('\n');
    expect(lines.map((line) => line.split(/ +/)[0])).toEqual(['match', 'em', 'ph', 'zp']);
    expect(lines[1]).toContain(`${'#'.repeat(10)}${'.'.repeat(10)}`);
    expect(lines[1]).toContain('50.0%');
    expect(lines[2]).toContain('1,200 invalid-phone');
    expect(lines[3]).toContain('0.0%');
  });

  it('never shows more than all, nor divides by nothing', () => {
    expect(showMatchKeys({ present: { em: 10 }, dropped: {} }, 0, plain)).toContain('100.0%');
    expect(showMatchKeys({ present: {}, dropped: {} }, 0, plain).split('\n')).toHaveLength(1);
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
