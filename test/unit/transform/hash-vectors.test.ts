import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { USER_DATA, type UserDataKey } from '../../../src/meta/parameters.ts';
import { isDrop } from '../../../src/transform/drop.ts';
import { hashNormal } from '../../../src/transform/hash-normal.ts';
import type { NormaliseContext } from '../../../src/transform/normalise.ts';
import { normalisers } from '../../../src/transform/normalisers.ts';
import { passHashed } from '../../../src/transform/pass-hashed.ts';

type Form = { readonly normalized: string | null; readonly sha256: string | null };
type Vector = Form & {
  readonly id: string;
  readonly field: UserDataKey;
  readonly input: string;
  readonly already_hashed?: boolean;
  readonly recommended?: Form;
};

const { vectors } = JSON.parse(readFileSync(new URL('../../fixtures/hash-vectors.json', import.meta.url), 'utf8')) as {
  vectors: readonly Vector[];
};

/** What the mapping would say of such a row. */
const CONTEXT: Readonly<Record<string, NormaliseContext>> = {
  hv011: { country: 'us' },
  hv014: { country: 'us' },
  hv019: { country: 'de' },
  hv047: { dateFormat: 'DD.MM.YYYY' },
  hv066: { country: 'au' },
  hv071: { country: 'us' },
  hv075: { country: 'de' },
};

describe('the hash vectors', () => {
  it('are a hundred', () => expect(vectors).toHaveLength(100));

  it.each(vectors)('$id: $field', ({ id, field, input, already_hashed, recommended, ...form }) => {
    const expected = recommended ?? form;
    if (already_hashed === true) {
      expect(passHashed(input)).toBe(expected.sha256);
      return;
    }
    const result = normalisers[field](input, CONTEXT[id] ?? {});
    if (expected.normalized === null) {
      expect(isDrop(result)).toBe(true);
      return;
    }
    expect(result).toBe(expected.normalized);
    if (USER_DATA[field].hashed) expect(hashNormal(result as string)).toBe(expected.sha256);
    else expect(expected.sha256).toBeNull();
  });
});
