import { describe, expect, it } from 'vitest';
import { parseCheckpoints } from '../../../src/cli/checkpoint-file.ts';
import { parseMapping } from '../../../src/mapping/compile-mapping.ts';
import { freshnessOf } from '../../../src/observe/freshness.ts';
import { mappingFile } from '../../support/bind-for-test.ts';

const HOUR = 3600;
const DAY = 86_400;
const mapping = (changes = {}, event = {}) => parseMapping(mappingFile(changes, event)).mapping;

describe('freshness', () => {
  it.each([
    [HOUR, 'within 1h'],
    [HOUR + 1, 'within 2h'],
    [2 * HOUR + 1, 'within 24h'],
    [DAY + 1, 'older'],
  ])('of %i seconds is %s', (age, band) => {
    expect(freshnessOf(mapping(), 'last-sync', age)).toMatchObject({ band, level: 'ok' });
  });

  it('takes the graver of its levels, and none below them', () => {
    const set = mapping({ freshness: { warn: '1h', alert: '2h' } });
    expect(freshnessOf(set, 'last-sync', HOUR).level).toBe('ok');
    expect(freshnessOf(set, 'last-sync', HOUR + 1).level).toBe('warn');
    expect(freshnessOf(set, 'last-sync', 2 * HOUR + 1).level).toBe('alert');
    expect(freshnessOf(mapping({ freshness: { alert: '2h' } }), 'last-sync', HOUR + 1).level).toBe('ok');
  });

  it('is an alert a day before Meta refuses the rows, later for a physical store', () => {
    expect(freshnessOf(mapping(), 'last-sync', 6 * DAY).level).toBe('ok');
    expect(freshnessOf(mapping(), 'last-sync', 6 * DAY + 1)).toMatchObject({ level: 'alert', limitSeconds: 7 * DAY });
    const store = mapping({}, { action_source: 'physical_store' });
    expect(freshnessOf(store, 'last-sync', 8 * DAY).level).toBe('ok');
    expect(freshnessOf(store, 'last-sync', 61 * DAY + 1).level).toBe('alert');
    expect(freshnessOf(mapping({}, { action_source: '=kind' }), 'last-sync', 8 * DAY).level).toBe('alert');
  });

  it('is not guessed where nothing is known', () => {
    expect(freshnessOf(mapping({ freshness: { warn: '1h' } }), 'unknown', null)).toMatchObject({
      level: 'ok',
      band: null,
    });
  });
});

describe('a file of checkpoints', () => {
  const good = { mapping: 'orders', cursor: '7', key: ['1', '2'], fingerprint: 'f', updated_at: 3 };
  const text = (...checkpoints: unknown[]): string => JSON.stringify({ version: 1, checkpoints });

  it('is read without what is not of the checkpoint', () => {
    const { updated_at: _, ...rest } = good;
    expect(parseCheckpoints(text(good))).toEqual([rest]);
  });

  it.each([
    ['no JSON', '{'],
    ['another version', JSON.stringify({ version: 2, checkpoints: [good] })],
    ['no checkpoint', text()],
    ['a mapping twice', text(good, good)],
    ['no key', text({ ...good, key: [] })],
    ['a key that is no list', text({ ...good, key: '1' })],
    ['a key of numbers', text({ ...good, key: [1] })],
    ['a cursor that is a number', text({ ...good, cursor: 7 })],
    ['null', text(null)],
  ])('is refused: %s', (_, file) => {
    expect(() => parseCheckpoints(file)).toThrow(expect.objectContaining({ code: 'checkpoint-file' }));
  });
});
