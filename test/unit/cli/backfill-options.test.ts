import { describe, expect, it } from 'vitest';
import { backfillOf, backfillWarnings } from '../../../src/cli/backfill-options.ts';
import { backfillJson, backfillLines } from '../../../src/cli/show-backfill.ts';
import { newTally } from '../../../src/sync/tally.ts';
import { bindForTest, mappingFile } from '../../support/bind-for-test.ts';

describe('--since, --until and --full', () => {
  it.each([
    [{}, undefined],
    [{ full: true }, 'full'],
    [{ since: '7d' }, { since: '7d' }],
    [
      { since: '2026-11-01', until: '2026-11-02T10:00:00Z' },
      { since: '2026-11-01', until: '2026-11-02T10:00:00Z' },
    ],
    [
      { since: '4000', until: '-1.5' },
      { since: '4000', until: '-1.5' },
    ],
  ])('%j asks for %j', (options, asked) => {
    expect(backfillOf(options)).toEqual(asked);
  });

  it.each([
    [{ until: '2d' }, '--until needs --since'],
    [{ full: true, since: '2d' }, '--full reads everything'],
    [{ full: true, until: '2d' }, '--full reads everything'],
    [{ since: 'yesterday' }, '--since is no place of a cursor: "yesterday"'],
    [{ since: '1d', until: '2026-13-01' }, '--until is no place of a cursor: "2026-13-01"'],
    [{ since: 'beginning' }, '--since is no place'],
  ])('%j is a mistake', (options, message) => {
    expect(() => backfillOf(options)).toThrow(message);
    expect(() => backfillOf(options)).toThrow(expect.objectContaining({ code: 'range-invalid', exitCode: 2 }));
  });
});

describe('before it begins', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  const mapping = (action_source: string) => bindForTest(mappingFile({}, { action_source })).mapping;
  const warnings = (action: string, since: string) => backfillWarnings([mapping(action)], { since }, now);

  it('what Meta would refuse for its age is said once, by the limit of the action source', () => {
    expect(warnings('website', '8d')).toEqual([
      'leads: the range begins 8d 0h ago; what happened more than 7d 0h ago is counted as expired and not sent: Meta would refuse it',
    ]);
    expect(warnings('website', '2026-11-01')).toHaveLength(1);
    expect(warnings('physical_store', '2026-10-01')).toEqual([]);
    expect(warnings('physical_store', '2026-09-01')).toHaveLength(1);
    for (const since of ['7d', '2026-11-20', '4000']) expect(warnings('website', since)).toEqual([]);
    expect(backfillWarnings([mapping('website')], undefined, now)).toEqual([]);
  });

  it('that everything is read again is said', () => {
    expect(backfillWarnings([mapping('website')], 'full', now)[0]).toMatch(/^leads: everything is read again/);
  });
});

describe('afterwards', () => {
  const slice = (from: string, before: string, isFinished = true) => ({ from, before, isFinished, ...newTally() });
  const range = { from: '2026-11-01T00:00:00Z', before: '2026-11-03T00:00:00Z' };
  const base = { range, finishedBefore: 0, left: 0, outdated: 0 };
  const slices = [slice(range.from, '2026-11-02T00:00:00Z'), slice('2026-11-02T00:00:00Z', range.before, false)];

  it('slices are counted, and what to do about those that are left', () => {
    expect(backfillLines('leads', { ...base, slices, left: 1, finishedBefore: 2 })).toEqual([
      'leads: 2026-11-01T00:00:00Z to 2026-11-03T00:00:00Z: one slice read, 2 before, 1 left: the same command goes on',
    ]);
    expect(backfillLines('leads', { ...base, slices: [], finishedBefore: 3 })).toEqual([
      expect.stringMatching(/nothing is left of .* To read it once more: capi-sync checkpoint reset leads --slices$/),
    ]);
    expect(backfillLines('leads', { ...base, slices: [], outdated: 2 })).toEqual([
      expect.stringMatching(/changed: 2 slices finished before count no more/),
      'leads: there is nothing to read',
    ]);
    expect(backfillLines('leads', { ...base, range: undefined, slices: [], left: 1 })[0]).toMatch(
      /not all rows were read/,
    );
    expect(backfillLines('leads', { ...base, range: undefined, slices: [] })[0]).toMatch(
      /the next run goes on from there/,
    );
  });

  it('the document has them all', () => {
    expect(backfillJson({ ...base, slices, left: 1 })).toEqual({
      since: range.from,
      until: range.before,
      slices: [
        { since: range.from, until: '2026-11-02T00:00:00Z', read: 0, sent: 0, finished: true },
        { since: '2026-11-02T00:00:00Z', until: range.before, read: 0, sent: 0, finished: false },
      ],
      finished_before: 0,
      outdated: 0,
      left: 1,
    });
  });
});
