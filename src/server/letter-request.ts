/** The body of `dead-letters/retry`: which dead letters are meant. */
import type { LetterFilter } from '../state/state-store.ts';

const MOST_KEYS = 1_000;
const CODE = /^[a-z0-9][a-z0-9-]{0,59}$/;

const isKey = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= 16 &&
  value.every((part) => typeof part === 'string' && part.length <= 500);

/** @returns undefined for anything but exactly one of keys, code and all */
export const readLetterRequest = (text: string): LetterFilter | undefined => {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const given = Object.entries(body);
  if (given.length !== 1) return undefined;
  const [name, value] = given[0] as [string, unknown];
  if (name === 'all' && value === true) return {};
  if (name === 'code' && typeof value === 'string' && CODE.test(value)) return { code: value };
  if (name === 'keys' && Array.isArray(value) && value.length > 0 && value.length <= MOST_KEYS && value.every(isKey))
    return { rowKeys: value };
  return undefined;
};

/** @returns undefined: it is longer than allowed */
export const readBody = async (
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<string | undefined> => (await readBytes(body, maxBytes))?.toString('utf8');

/** As it came, for a signature. What is too much is not read. */
export const readBytes = async (
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Buffer | undefined> => {
  if (!body) return Buffer.alloc(0);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
};
