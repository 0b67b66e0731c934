import { describe, expect, it } from 'vitest';
import { DROP } from '../../../src/transform/drop.ts';
import { hashNormal } from '../../../src/transform/hash-normal.ts';
import { normalisers } from '../../../src/transform/normalisers.ts';
import { passHashed } from '../../../src/transform/pass-hashed.ts';

const HASH = '62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f';

describe('passHashed', () => {
  it('takes SHA-256 in any case, and gives it in lower case', () => {
    expect(passHashed(` ${HASH.toUpperCase()}\n`)).toBe(HASH);
  });

  it('keeps a value of the Parameter Builder byte for byte', () => {
    expect(passHashed(`${HASH}.AQQCAQMC`)).toBe(`${HASH}.AQQCAQMC`);
    expect(passHashed(`${HASH}.Ab`)).toBe(`${HASH}.Ab`);
  });

  it('drops everything else', () => {
    for (const text of [
      HASH.slice(1),
      `${HASH}0`,
      'd41d8cd98f00b204e9800998ecf8427e',
      'ann@example.com',
      `${HASH}.ABC`,
      `${HASH}.`,
    ])
      expect(passHashed(text)).toBe(DROP['invalid-hash']);
    expect(passHashed(' ')).toBe(DROP.empty);
  });

  it('drops the hash of nothing', () => {
    expect(passHashed('E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855')).toBe(DROP['hash-of-empty']);
  });
});

describe('hashNormal', () => {
  it('hashes UTF-8, short texts as well when asked again', () => {
    expect(hashNormal('정')).toBe('8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14');
    expect([hashNormal('us'), hashNormal('us')]).toEqual(
      Array(2).fill('79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621'),
    );
  });

  it('refuses to hash nothing', () => expect(() => hashNormal('')).toThrow(RangeError));
});

describe('an external id that looks like a hash', () => {
  it('is an id like any other', () => expect(normalisers.external_id(HASH, {})).toBe(HASH));
});
