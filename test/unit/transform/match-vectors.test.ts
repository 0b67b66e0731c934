import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { USER_DATA, type UserDataKey } from '../../../src/meta/parameters.ts';
import { DROP_REASONS } from '../../../src/transform/drop.ts';
import { bindForTest, mappingFile } from '../../support/bind-for-test.ts';

/**
 * What each value of user_data becomes, written by hand from the rules that each row names; the digests were made by another program than
 * ours (python's hashlib). Every row goes the whole way: mapping file, row, event.
 */
type Vector = {
  readonly key: UserDataKey;
  readonly input: string;
  readonly country?: string;
  readonly format?: string;
  readonly hashed?: true;
  readonly form?: 'full_name' | 'ascii';
  /** When a fbclid was first seen. */
  readonly at?: string;
  readonly normal?: string;
  readonly drop?: string;
  readonly sha256?: string;
  readonly rule: string;
  readonly source: string;
};

const folder = new URL('../../fixtures/match-vectors/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const vectors = files.flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Vector[]);

/** As a mapping file writes it. */
const written = ({ hashed, format, form, at }: Vector): unknown => {
  if (at !== undefined) return { fbclid: '=value', at: '=at' };
  if (form === 'full_name') return { full_name: '=value' };
  if (form === 'ascii') return { value: '=value', letters: 'ascii' };
  if (hashed || format !== undefined) return { value: '=value', ...(hashed && { hashed }), ...(format && { format }) };
  return '=value';
};

/** What became of it: the value sent, or the reason why none was. */
const outcome = (vector: Vector): unknown => {
  const { key, input, country, at } = vector;
  const other = key === 'em' ? { external_id: 'someone' } : { em: 'someone@example.com' };
  const defaults = country === undefined ? {} : { defaults: { country } };
  const file = mappingFile(defaults, { event_time: '=now', user_data: { ...other, [key]: written(vector) } });
  const { map, counts } = bindForTest(file, { value: 'text', at: 'text', now: 'timestamp' });
  const mapped = map({ id: '1', now: '2026-11-23 11:00:00', value: input, at: at ?? null });
  if (mapped.kind !== 'event') return mapped;
  const dropped = Object.keys(counts.dropped[key] ?? {})[0];
  return JSON.parse(mapped.json).user_data[key] ?? { drop: dropped ?? 'empty' };
};

describe('the match vectors', () => {
  it('are at least 600, each once, for every key and in the file of its key', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(600);
    const inputs = vectors.map(({ normal, drop, sha256, rule, source, ...input }) => JSON.stringify(input));
    expect(new Set(inputs).size).toBe(inputs.length);
    expect(files.toSorted()).toEqual(
      Object.keys(USER_DATA)
        .map((key) => `${key}.json`)
        .toSorted(),
    );
    for (const name of files) {
      const rows = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Vector[];
      expect(rows.every(({ key }) => `${key}.json` === name)).toBe(true);
    }
  });

  it('show every key sent and every reason why a value is left out', () => {
    const sent = new Set(vectors.flatMap(({ key, normal }) => (normal === undefined ? [] : [key])));
    expect([...sent].toSorted()).toEqual(Object.keys(USER_DATA).toSorted());
    const reasons = new Set(vectors.flatMap(({ drop }) => drop ?? []));
    // A currency belongs to custom_data.
    const all = Object.keys(DROP_REASONS).filter((reason) => reason !== 'unknown-currency');
    expect([...reasons].toSorted()).toEqual(all.toSorted());
  });

  it('name the rule and its source, and hold the digest of exactly the keys that are hashed', () => {
    for (const { key, normal, drop, sha256, hashed, rule, source } of vectors) {
      expect([rule, source].every((text) => text.length > 3)).toBe(true);
      expect((normal === undefined) !== (drop === undefined)).toBe(true);
      expect(sha256 !== undefined).toBe(normal !== undefined && USER_DATA[key].hashed);
      if (sha256 === undefined || normal === undefined) continue;
      expect(sha256).toBe(hashed ? normal : createHash('sha256').update(normal, 'utf8').digest('hex'));
    }
  });

  it.each(vectors)('$key $input $country: $rule', (vector) => {
    expect(outcome(vector)).toEqual(
      vector.drop === undefined ? (vector.sha256 ?? vector.normal) : { drop: vector.drop },
    );
  });
});
