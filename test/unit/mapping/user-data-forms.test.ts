import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { withoutTitles } from '../../../src/transform/without-titles.ts';
import { bindForTest, mappingFile } from '../../support/bind-for-test.ts';
import { processorTime } from '../../support/processor-time.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const ROW = { id: '1', at: '2026-11-23 11:00:00' };
const bound = (user_data: object, changes: object = {}) => {
  const { map, counts } = bindForTest(mappingFile({ ...changes }, { user_data: { em: '=email', ...user_data } }));
  const sent = (row: Readonly<Record<string, string | null>>): Record<string, unknown> => {
    const mapped = map({ ...ROW, email: 'ada@example.com', ...row });
    if (mapped.kind !== 'event') throw new Error(mapped.kind);
    return JSON.parse(mapped.json).user_data;
  };
  return { sent, counts };
};

describe('full_name', () => {
  it('gives fn and ln their part of one column', () => {
    const { sent } = bound({ fn: { full_name: '=name' }, ln: { full_name: '=name' } });
    expect(sent({ name: 'Lovelace, Ada' })).toMatchObject({ fn: sha('ada'), ln: sha('lovelace') });
    expect(sent({ name: 'Ludwig van Beethoven' })).toMatchObject({ fn: sha('ludwig'), ln: sha('vanbeethoven') });
  });

  it('leaves out and counts what the name does not tell', () => {
    const { sent, counts } = bound({ fn: { full_name: '=name' }, ln: { full_name: '=name' } });
    expect(sent({ name: 'Madonna' })).not.toHaveProperty('ln');
    expect(sent({ name: '山田太郎' })).not.toHaveProperty('fn');
    expect(sent({ name: null })).not.toHaveProperty('fn');
    expect(counts.dropped).toEqual({ fn: { 'unsplit-name': 1 }, ln: { 'unsplit-name': 2 } });
  });

  it('stands beside other values of a list, each value once', () => {
    const { sent } = bound({ fn: ['=first', { full_name: '=name' }] });
    expect(sent({ first: 'ADA', name: 'Ada Lovelace' }).fn).toBe(sha('ada'));
    expect(sent({ first: 'Augusta', name: 'Ada Lovelace' }).fn).toEqual([sha('augusta'), sha('ada')]);
  });

  it('reads the order of names by the country of the row', () => {
    const { sent } = bound({ fn: { full_name: '=name' }, country: '=land' }, { defaults: { country: 'DE' } });
    expect(sent({ name: 'Nagy Péter', land: null }).fn).toBe(sha('nagy'));
    expect(sent({ name: 'Nagy Péter', land: 'Hungary' })).not.toHaveProperty('fn');
    expect(sent({ name: 'Nagy Péter', land: null }).fn).toBe(sha('nagy'));
  });
});

describe('letters: ascii', () => {
  it('sends a city in both readings of the rule, or once where they are equal', () => {
    const { sent } = bound({ ct: ['=city', { value: '=city', letters: 'ascii' }] });
    expect(sent({ city: 'Zürich' }).ct).toEqual([sha('zürich'), sha('zrich')]);
    expect(sent({ city: 'New York' }).ct).toBe(sha('newyork'));
    expect(sent({ city: '東京' }).ct).toBe(sha('東京'));
  });
});

describe('a country that comes hashed', () => {
  it('is sent and tells nothing: the default decides, or nobody', () => {
    const user_data = { country: { value: '=land', hashed: true }, ph: '=phone' };
    const row = { land: sha('us'), phone: '0171 1234567' };
    expect(bound(user_data, { defaults: { country: 'de' } }).sent(row)).toMatchObject({
      country: sha('us'),
      ph: sha('491711234567'),
    });
    const { sent, counts } = bound(user_data);
    expect(sent(row)).not.toHaveProperty('ph');
    expect(counts.dropped).toEqual({ ph: { 'phone-without-country': 1 } });
  });
});

describe('withoutTitles', () => {
  it('is fast for what looks like titles without end', () => {
    const start = processorTime();
    withoutTitles(`${'Dr. '.repeat(20_000)}1`);
    withoutTitles(`Dr. ${'med. '.repeat(20_000)}`);
    expect(processorTime() - start).toBeLessThan(2000);
  });
});
