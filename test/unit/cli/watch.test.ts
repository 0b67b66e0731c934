import { describe, expect, it } from 'vitest';
import { watchFrame } from '../../../src/cli/show-watch.ts';
import { openScreen } from '../../../src/cli/watch-screen.ts';
import type { WatchRow } from '../../../src/cli/watch-status.ts';
import { parseMapping } from '../../../src/mapping/compile-mapping.ts';
import { freshnessOf } from '../../../src/observe/freshness.ts';
import type { RunRecord } from '../../../src/state/state-store.ts';
import { mappingFile } from '../../support/bind-for-test.ts';
import { runCounts } from '../../support/run-counts.ts';

const NOW = Date.parse('2026-11-20T10:00:00Z') / 1000;
const plain = (_: unknown, text: string): string => text;
const mapping = parseMapping({ ...mappingFile(), freshness: { warn: '1h', alert: '24h' } }).mapping;

const runs = (marks: string): RunRecord[] =>
  [...marks].reverse().map((mark, n): RunRecord => {
    const status =
      ({ x: 'failed', '-': 'failed', '!': 'completed_with_rejections', '>': 'running' } as const)[mark] ?? 'succeeded';
    const code = { x: 'source-unreachable', '-': 'interrupted' }[mark];
    return {
      id: n,
      mapping: 'x',
      status,
      startedAt: NOW - 12 - n * 300,
      endedAt: NOW - n * 300,
      counts: runCounts({ sent: mark === '+' ? 5 : 0 }),
      errorCode: code,
      errorMessage: code && 'the source does not answer',
    };
  });

const row = (name: string, marks: string, age: number | null, more: Partial<WatchRow> = {}): WatchRow => ({
  mapping: name,
  runs: runs(marks),
  isRunning: marks.endsWith('>'),
  pausedSince: undefined,
  freshness: freshnessOf(mapping, age === null ? 'unknown' : 'last-sync', age),
  sent: 0,
  rejected: 0,
  deadLetters: 0,
  inDoubt: 0,
  nextAt: NOW + 180,
  ...more,
});

const ROWS = [
  row('shop-purchases', '++..++++!++x+++.+.++++++', 95, { sent: 12_345, rejected: 3, deadLetters: 3 }),
  row('crm-leads', '++++xxx', 7_200, { sent: 310, inDoubt: 1_000 }),
  row('subscriptions-renewed-in-the-app', '+++>', 600, { sent: 1_234_567 }),
  row('store-visits', '....', 4_000, { pausedSince: NOW - 600, nextAt: undefined }),
  row('new-one', '', null),
];
const frame = (width: number, height = 40, rows = ROWS): string[] =>
  watchFrame(rows, { width, height, now: NOW, paint: plain });

describe('status --watch', () => {
  it('fits 80 columns', () => {
    expect(`\n${frame(80).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      capi-sync  2026-11-20 10:00:00 UTC  5 mappings

      mapping                 state         fresh  next in  runs        sent 24h  dead
      shop-purchases          ok           1m 35s    3m 0s  +.+.++++++     12.3k     3
      crm-leads               failed        2h 0m    3m 0s  ++++xxx          310     0
      subscriptions-renewed…  running 12s  10m 0s    3m 0s  +++>            1.2M     0
      store-visits            paused        1h 6m        -  ....               0     0
      new-one                 never ran         -    3m 0s                     0     0

      crm-leads: the source does not answer [source-unreachable]
      crm-leads: rows may have waited for 2h 0m, over 1h (freshness.warn)
      store-visits: rows may have waited for 1h 6m, over 1h (freshness.warn)
      crm-leads: 1,000 events are in doubt; the next run sends them again
      shop-purchases: capi-sync dead-letters list shop-purchases

      runs: + sent  . nothing new  ! rejections  x failed  - stopped  > now
      "
    `);
    expect(Math.max(...frame(80).map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('shows more in 120 columns', () => {
    expect(`\n${frame(120).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      capi-sync  2026-11-20 10:00:00 UTC  5 mappings

      mapping                           state         fresh  next in  runs                  sent 24h  rejected  dead  in doubt
      shop-purchases                    ok           1m 35s    3m 0s  ++++!++x+++.+.++++++     12.3k         3     3         0
      crm-leads                         failed        2h 0m    3m 0s  ++++xxx                    310         0     0     1,000
      subscriptions-renewed-in-the-app  running 12s  10m 0s    3m 0s  +++>                      1.2M         0     0         0
      store-visits                      paused        1h 6m        -  ....                         0         0     0         0
      new-one                           never ran         -    3m 0s                               0         0     0         0

      crm-leads: the source does not answer [source-unreachable]
      crm-leads: rows may have waited for 2h 0m, over 1h (freshness.warn)
      store-visits: rows may have waited for 1h 6m, over 1h (freshness.warn)
      crm-leads: 1,000 events are in doubt; the next run sends them again
      shop-purchases: capi-sync dead-letters list shop-purchases

      runs: + sent  . nothing new  ! rejections  x failed  - stopped  > now
      "
    `);
    expect(Math.max(...frame(120).map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it('is never higher than the terminal, and says that there is more', () => {
    const many = Array.from({ length: 30 }, (_, n) => row(`mapping-${n}`, 'x', 60, { deadLetters: 1 }));
    for (const height of [5, 12, 24, 40]) expect(frame(80, height, many).length).toBeLessThanOrEqual(height);
    expect(frame(80, 45, many).join('\n')).toMatch(/and \d+ more: capi-sync status/);
  });

  it('draws in place on a terminal and leaves it as it was; elsewhere it writes nothing but text', () => {
    let text = '';
    const write = (part: string): void => {
      text += part;
    };
    const screen = openScreen({ write, isTTY: true });
    screen.draw(['a', 'b']);
    screen.end();
    expect(text).toBe('\u001b[?1049h\u001b[?25l\u001b[Ha\u001b[K\nb\u001b[K\u001b[J\u001b[?25h\u001b[?1049l');
    text = '';
    const plainScreen = openScreen({ write });
    plainScreen.draw(['a', 'b']);
    plainScreen.end();
    expect(text).toBe('a\nb\n\n');
  });
});
