import { describe, expect, it } from 'vitest';
import type { Column, Source, Stream } from '../../../connectors/connector.ts';
import { FatalError } from '../../../src/errors.ts';
import { parseMapping } from '../../../src/mapping/compile-mapping.ts';
import { MappingMismatch, planStream, streamFingerprint } from '../../../src/sync/plan-stream.ts';
import { mappingFile } from '../../support/bind-for-test.ts';

const COLUMNS: readonly Column[] = ['id', 'at', 'updated_at', 'email', 'unused'].map((name) => ({
  name,
  kind: name === 'at' ? 'timestamp' : 'text',
  type: 'any',
  nullable: true,
}));
const sourceOf = (cursorUnit: 'time' | 'number') =>
  ({
    describe: async (spec) => ({ columns: COLUMNS, spec, cursorUnit, cursorColumn: COLUMNS[2] }) as Stream,
    horizon: async (_, lag) => ({ before: `now-${lag}`, now: '2026-11-23T12:00:00Z' }),
    shiftBack: async (_, cursor, amount) => `${cursor}-${amount}`,
    cursorAt: async (_, instant) => `at ${instant}`,
    countRows: async (_, { from, before }) => (before === 'now-60' && from?.startsWith('at 2026-11-23') ? 12_345 : 0),
  }) as Partial<Source> as Source;
const mappingOf = (cursor: Record<string, unknown> = {}, changes: Record<string, unknown> = {}) =>
  parseMapping(
    mappingFile({
      source: { ...mappingFile().source, cursor: { ...mappingFile().source.cursor, ...cursor } },
      ...changes,
    }),
  ).mapping;
const plan = (unit: 'time' | 'number', cursor: Record<string, unknown> = {}) =>
  planStream(mappingOf(cursor), sourceOf(unit), undefined, {});
const later = async (unit: 'time' | 'number', cursor: Record<string, unknown> = {}) => {
  const mapping = mappingOf(cursor);
  const stream = { cursorUnit: unit, columns: COLUMNS } as unknown as Stream;
  const checkpoint = { cursor: 'c', key: ['1'], fingerprint: streamFingerprint(mapping, stream) };
  return (await planStream(mapping, sourceOf(unit), checkpoint, {})).read;
};

describe('the first run begins', () => {
  it.each([
    ['7d', 'at 2026-11-23T12:00:00Z-604800'],
    ['beginning', undefined],
    ['2026-11-01', 'at 2026-11-01T00:00:00.000Z'],
    ['2026-11-01T10:00', 'at 2026-11-01T10:00:00.000Z'],
    ['2026-11-01 10:00:00', 'at 2026-11-01T10:00:00.000Z'],
    ['2026-11-01 10:00:00Z', 'at 2026-11-01T10:00:00.000Z'],
    ['2026-11-01 10:00:00+01', 'at 2026-11-01T09:00:00.000Z'],
    ['2026-11-01T10:00:00.25-05:30', 'at 2026-11-01T15:30:00.250Z'],
  ])('with a time cursor and start %s at %s', async (start, from) => {
    expect((await plan('time', { start })).read.from).toBe(from);
  });

  it.each([
    ['7d', undefined],
    ['beginning', undefined],
    [4000, '4000'],
    ['-5', '-5'],
  ])('with a number cursor and start %s at %s', async (start, from) => {
    expect((await plan('number', { start })).read.from).toBe(from);
  });

  it.each([
    ['time', 4000],
    ['time', '2026-02-31'],
    ['number', '2026-11-01'],
    ['number', '3h'],
  ] as const)('with a %s cursor not at %s', async (unit, start) => {
    await expect(plan(unit, { start })).rejects.toMatchObject({ code: 'cursor-setting', exitCode: 3 });
  });
});

describe('a later run', () => {
  it('reads the lookback window below the checkpoint again', async () => {
    expect(await later('time')).toMatchObject({ lookbackFrom: 'c-600', from: undefined, before: 'now-60' });
    expect(await later('time', { lookback: '0s' })).toMatchObject({ lookbackFrom: undefined });
    expect(await later('number')).toMatchObject({ lookbackFrom: 'c-1000' });
    expect(await later('number', { lookback: 25 })).toMatchObject({ lookbackFrom: 'c-25' });
    expect(await later('number', { lookback: 0 })).toMatchObject({ lookbackFrom: undefined });
    await expect(later('time', { lookback: 25 })).rejects.toMatchObject({ code: 'cursor-setting' });
  });

  it('is refused when the checkpoint was made for other rows', async () => {
    const stream = { cursorUnit: 'time', columns: COLUMNS } as unknown as Stream;
    const prints = [
      mappingOf(),
      mappingOf({ column: 'at' }),
      mappingOf({}, { filter: '=id == "1"' }),
      mappingOf({}, { source: { ...mappingFile().source, where: 'x' } }),
      mappingOf({}, { source: { ...mappingFile().source, table: 'other' } }),
      mappingOf({}, { source: { ...mappingFile().source, primary_key: ['id', 'at'] } }),
    ].map((mapping) => streamFingerprint(mapping, stream));
    expect(new Set(prints).size).toBe(prints.length);
    expect(streamFingerprint(mappingOf({ lag: '5m', lookback: '1h', start: 'beginning' }), stream)).toBe(prints[0]);
    const checkpoint = { cursor: 'c', key: ['1'], fingerprint: prints[1] as string };
    await expect(planStream(mappingOf(), sourceOf('time'), checkpoint, {})).rejects.toMatchObject({
      code: 'checkpoint-mismatch',
      exitCode: 3,
      hint: expect.stringMatching(
        /reset leads" reads again 12,345 rows, from cursor.start \(7d\), at 2026-11-23.*, on.*--full/,
      ),
    });
  });
});

it('reads only the columns that the mapping uses, in pages no larger than the limit', async () => {
  const { read, columns, sourceNow } = await planStream(mappingOf(), sourceOf('time'), undefined, { limit: 3 });
  expect(columns.map(({ name }) => name)).toEqual(['id', 'at', 'email']);
  expect(read).toMatchObject({ columns: ['id', 'at', 'email'], pageSize: 3 });
  expect(sourceNow).toBe('2026-11-23T12:00:00Z');
  expect((await plan('time')).read.pageSize).toBe(1000);
});

it('refuses a mapping that does not fit the table, with all its problems', async () => {
  const mapping = mappingOf({}, { event: { ...mappingFile().event, user_data: { em: '=emial', ph: '=nothing' } } });
  const error: unknown = await planStream(mapping, sourceOf('time'), undefined, {}).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(MappingMismatch);
  expect(error).toBeInstanceOf(FatalError);
  expect(error).toMatchObject({ code: 'mapping-mismatch', exitCode: 3, hint: 'did you mean "email"?' });
  expect((error as MappingMismatch).problems.map(({ path }) => path.at(-1))).toEqual(['em', 'ph']);
});
