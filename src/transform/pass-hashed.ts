import { DROP, type Drop } from './drop.ts';

const SHA256 = /^[0-9a-f]{64}$/;
/** SHA-256 with the appendix of Meta's Parameter Builder: two characters (old) or eight; its case matters. */
const WITH_APPENDIX = /^[0-9a-fA-F]{64}\.(?:[\w-]{2}|[\w-]{8})$/;
const SHA256_OF_EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
/** MD5, SHA-1 or SHA-256 in hex, the last with or without an appendix. */
const LOOKS_HASHED = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}(?:\.[\w-]{2}|\.[\w-]{8})?)$/i;

/**
 * A value that the mapping declares as hashed: 64 hex digits in lower case, or byte for byte with the appendix
 * that Meta's Parameter Builder adds. MD5 is refused: Meta's pages speak of SHA-256 only.
 */
export const passHashed = (text: string): string | Drop => {
  const trimmed = text.trim();
  if (trimmed === '') return DROP.empty;
  const lower = trimmed.toLowerCase();
  if (lower.startsWith(SHA256_OF_EMPTY)) return DROP['hash-of-empty'];
  if (SHA256.test(lower)) return lower;
  return WITH_APPENDIX.test(trimmed) ? trimmed : DROP['invalid-hash'];
};

/** Whether a trimmed plain value must have been hashed by someone: hashing it again would match nobody, passing it would be a guess. */
export const looksHashed = (trimmed: string): boolean =>
  trimmed.length >= 32 && trimmed.length <= 73 && LOOKS_HASHED.test(trimmed);

/**
 * The same for ids that may be 32 or 40 hex digits of their own right, such as a UUID without dashes: only SHA-256, with or without an appendix.
 */
export const isSha256 = (trimmed: string): boolean => trimmed.length >= 64 && looksHashed(trimmed);
