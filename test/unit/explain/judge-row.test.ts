import { describe, expect, it } from 'vitest';
import { type Judged, judgeRow } from '../../../src/explain/judge-row.ts';
import { fingerprint } from '../../../src/mapping/identity.ts';
import type { MappedRow } from '../../../src/mapping/mapped-row.ts';

const EVENT: MappedRow = {
  kind: 'event',
  rowKey: ['7'],
  dedupKey: '0'.repeat(32),
  json: '{"event_name":"Lead"}',
  eventTime: 1,
  maxAgeSeconds: 1,
};
const NOTHING = { acknowledgedDay: undefined, openDay: undefined, deadLetter: undefined };
const LETTER = { code: 'meta-100', field: undefined, origin: 'meta', times: 1, lastAt: 20_780 * 86_400 + 5 } as const;
const judge = (changes: Partial<Judged>) =>
  judgeRow({ mapped: EVENT, reach: 'next-run', history: NOTHING, seenSinceDay: 20_700, ...changes });

describe('the verdict', () => {
  it('is that the row would be sent, when nothing speaks against it', () => {
    expect(judge({})).toEqual({ outcome: 'sent', text: 'would be sent', code: undefined, cure: undefined });
    expect(judge({ history: undefined }).outcome).toBe('sent');
  });

  it('names the day of an acknowledgement within the dedup window, and forgets one before it', () => {
    const history = { ...NOTHING, acknowledgedDay: 20_780 };
    expect(judge({ history })).toMatchObject({ outcome: 'duplicate', text: 'duplicate: acknowledged on 2026-11-23' });
    expect(judge({ history, seenSinceDay: 20_781 }).outcome).toBe('sent');
    expect(judge({ history, mapped: { kind: 'filtered', reason: 'consent' } }).text).toBe(
      'filtered: consent; sent before, acknowledged on 2026-11-23',
    );
  });

  it('says that what was sent without an answer is sent again', () => {
    expect(judge({ history: { ...NOTHING, openDay: 20_780 } })).toMatchObject({ outcome: 'in_doubt' });
  });

  it('is a refusal as long as the event is the one that was refused', () => {
    const same = { ...NOTHING, deadLetter: { ...LETTER, fingerprint: fingerprint('{"event_name":"Lead"}') } };
    expect(judge({ history: same })).toMatchObject({
      outcome: 'refused',
      code: 'meta-100',
      text: expect.stringContaining('2026-11-23'),
    });
    expect(judge({ history: { ...NOTHING, deadLetter: { ...LETTER, fingerprint: '0' } } }).outcome).toBe('sent');
  });

  it('gives code, field and cure of a rejection', () => {
    const mapped = {
      kind: 'rejected',
      rowKey: ['7'],
      code: 'value-missing',
      field: 'custom_data.value',
      fingerprint: '',
    } as const;
    expect(judge({ mapped })).toEqual({
      outcome: 'rejected',
      text: 'rejected: value-missing (custom_data.value)',
      code: 'value-missing',
      cure: 'map custom_data.value to the amount',
    });
    expect(judge({ mapped: { ...mapped, code: 'expression-failed' } }).cure).toContain('test for it');
  });

  it('promises no sending of a row that no run will read, unless it was sent', () => {
    expect(judge({ reach: 'behind-checkpoint' })).toMatchObject({
      outcome: 'not_read',
      text: expect.stringContaining('behind'),
    });
    expect(judge({ reach: 'too-new' }).outcome).toBe('not_read');
    expect(judge({ reach: 'behind-checkpoint', history: { ...NOTHING, acknowledgedDay: 20_780 } }).outcome).toBe(
      'duplicate',
    );
    expect(judge({ reach: 'where', mapped: { kind: 'expired' } }).outcome).toBe('expired');
  });
});
