import { hash } from 'node:crypto';
import { boundedCache } from './bounded-cache.ts';

/** Countries, states and genders: a few hundred texts make up a third of all hashes. Longer texts cost as much to look up as to hash. */
const SHORT = 2;
const shortHashes = boundedCache<string>(4096);

/**
 * SHA-256 of a normal form: UTF-8 in, 64 lower-case hex digits out
 * (parameters/customer-information-parameters, read 2026-09-12).
 * Throws RangeError on an empty text: its hash would look like a match key and match nobody.
 */
export const hashNormal = (normal: string): string => {
  if (normal === '') throw new RangeError('an empty value must be dropped, not hashed');
  if (normal.length > SHORT) return hash('sha256', normal, 'hex');
  return shortHashes.get(normal) ?? shortHashes.set(normal, hash('sha256', normal, 'hex'));
};
