import { describe, expect, it } from 'vitest';
import type { Freshness } from '../../../src/observe/freshness.ts';
import { type HealthSubject, judgeHealth } from '../../../src/server/read-models/judge-health.ts';
import { safeCondition, safeCursor } from '../../../src/server/read-models/safe-text.ts';
import type { RunRecord } from '../../../src/state/state-store.ts';

const NOW = 1_000_000;
const fresh: Freshness = {
  ageSeconds: 300,
  of: 'last-sync',
  band: 'within 1h',
  limitSeconds: 604_800,
  level: 'ok',
  reason: null,
};
const run = (status: RunRecord['status'], ago: number, more: Partial<RunRecord> = {}): RunRecord => ({
  id: NOW - ago,
  mapping: 'orders',
  status,
  startedAt: NOW - ago,
  endedAt: NOW - ago + 5,
  counts: undefined,
  errorCode: undefined,
  errorMessage: undefined,
  ...more,
});
const failed = (ago: number, more: Partial<RunRecord> = {}): RunRecord =>
  run('failed', ago, { errorCode: 'source-tls', errorMessage: 'no TLS', errorHint: 'mend the TLS', ...more });
const letters = [{ code: 'value-missing', field: 'x', rows: 3, meaning: 'no value', cure: 'map it' }];
const well: HealthSubject = {
  name: 'orders',
  runs: [run('succeeded', 300)],
  freshness: fresh,
  isRunning: false,
  isPaused: false,
  hasSchedule: true,
  onUnknown: 'resend',
  inDoubt: 0,
  letters: [],
  now: NOW,
};
const judge = (change: Partial<HealthSubject>) => judgeHealth({ ...well, ...change }).health;

describe('the health of a mapping', () => {
  it('is good when nothing is amiss, and then there is nothing to do', () => {
    expect(judge({})).toEqual({
      level: 'ok',
      label: 'Healthy',
      why: 'Every row that could be read at the last sync has its outcome.',
    });
  });

  it.each<[string, Partial<HealthSubject>, object]>([
    [
      'one run failed',
      { runs: [failed(300), run('succeeded', 900)] },
      { level: 'bad', why: 'No TLS.', todo: 'Mend the TLS.', action: 'run' },
    ],
    [
      'several failed',
      { runs: [failed(300), failed(900), failed(3900), run('succeeded', 4800)] },
      { why: '3 runs in a row failed, for 1 h 5 min: no TLS.' },
    ],
    [
      'all that are known failed',
      { runs: [failed(300), failed(900)] },
      { why: '2 or more runs in a row failed, for 15 min: no TLS.' },
    ],
    [
      'a failure has no hint',
      { runs: [failed(300, { errorHint: undefined })] },
      { todo: expect.stringContaining('source-tls in docs/errors.md') },
    ],
    [
      'the checkpoint no longer fits',
      { runs: [failed(300, { errorCode: 'checkpoint-mismatch' })] },
      { todo: expect.stringContaining('capi-sync checkpoint adopt orders') },
    ],
    [
      'a run goes on after a failed one',
      { runs: [run('running', 5), failed(300)], isRunning: true },
      { level: 'bad', label: 'Failing' },
    ],
    [
      'rows wait for too long',
      { freshness: { ...fresh, ageSeconds: 90_000, level: 'alert', reason: 'over 24h (freshness.alert)' } },
      { level: 'bad', label: 'Late', why: 'Rows may have waited for 25 h, over 24h (freshness.alert).', action: 'run' },
    ],
    [
      'rows wait for too long in a paused one',
      { isPaused: true, freshness: { ...fresh, ageSeconds: 90_000, level: 'alert', reason: 'x' } },
      { todo: 'It is paused: resume it.', action: 'resume' },
    ],
    [
      'rows wait for long',
      { freshness: { ...fresh, ageSeconds: 8_000, level: 'warn', reason: 'over 2h (freshness.warn)' } },
      { level: 'warn', label: 'Late' },
    ],
    [
      'events are in doubt',
      { inDoubt: 1 },
      { level: 'warn', why: '1 event was sent, and no answer is known.', action: 'run' },
    ],
    [
      'events in doubt are held',
      { inDoubt: 2, onUnknown: 'hold' },
      { todo: expect.stringContaining('capi-sync in-doubt confirm orders') },
    ],
    [
      'the last run was interrupted',
      { runs: [failed(300, { errorCode: 'interrupted' })] },
      { level: 'warn', label: 'Interrupted' },
    ],
    ['it is paused', { isPaused: true }, { level: 'off', label: 'Paused', action: 'resume' }],
    [
      'rows were refused',
      { letters },
      {
        level: 'warn',
        why: '3 rows could not be sent, all for value-missing: no value.',
        todo: 'Map it; then retry.',
        action: 'retry',
      },
    ],
    ['it never ran', { runs: [], freshness: { ...fresh, ageSeconds: null } }, { level: 'off', label: 'Never ran' }],
    [
      'its first run goes on',
      { runs: [run('running', 5)], isRunning: true, freshness: { ...fresh, ageSeconds: null } },
      { level: 'ok', why: 'The first run is under way.' },
    ],
  ])('when %s is told in one sentence, with what to do', (_, change, expected) => {
    expect(judge(change)).toMatchObject(expected);
  });
});

describe('what is shown of texts', () => {
  it.each([
    [`status = 'paid' AND channel <> 'web-shop'`, `status = 'paid' AND channel <> 'web-shop'`],
    [`email <> 'ada@example.com'`, `email <> '…'`],
    [`name != "Ada Lovelace" && note != "it\\"s"`, `name != "…" && note != "…"`],
    [`phone = 4915112345678 AND id > 10`, 'phone = … AND id > 10'],
    [`note = 'O''Brien'`, `note = '…'`],
    ['a\n  && b', 'a && b'],
  ])('of the condition %s is its structure', (condition, shown) => {
    expect(safeCondition(condition)).toBe(shown);
  });

  it.each([
    ['2026-11-20 10:00:00.123456+00', true],
    ['2026-11-20', true],
    ['4711', false],
    ['ada@example.com', false],
  ])('of the cursor %s is: %s', (cursor, shown) => {
    expect(safeCursor(cursor)).toBe(shown ? cursor : undefined);
  });
});
