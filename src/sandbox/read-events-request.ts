import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { isObject } from './field-types.ts';

export type EventsBody = {
  readonly data: readonly unknown[];
  readonly accessToken?: string;
  readonly testEventCode?: string;
  readonly partnerAgent?: string;
};
/** Why a body cannot be read; holds nothing of it. */
export type BodyProblem = { readonly problem: string };

/** Not Meta's limit, which is not documented: it keeps a runaway client from filling the memory. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The body's bytes; undefined when it is larger than the sandbox reads. Throws when the sender leaves midway. */
export const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BYTES) chunks.push(chunk);
  }
  return size > MAX_BYTES ? undefined : Buffer.concat(chunks, size);
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const fromFields = (fields: ReadonlyMap<string, unknown>): EventsBody | BodyProblem => {
  const given = fields.get('data');
  if (given === undefined) return { problem: 'The parameter data is required.' };
  const data = typeof given === 'string' ? parseJson(given) : given;
  if (!Array.isArray(data)) return { problem: 'The parameter data must be an array.' };
  const texts = new Map<string, string>();
  for (const name of ['access_token', 'test_event_code', 'partner_agent']) {
    const value = fields.get(name);
    if (value === undefined) continue;
    if (typeof value !== 'string') return { problem: `The parameter ${name} must be a string.` };
    texts.set(name, value);
  }
  const accessToken = texts.get('access_token');
  const testEventCode = texts.get('test_event_code');
  const partnerAgent = texts.get('partner_agent');
  return {
    data,
    ...(accessToken === undefined ? {} : { accessToken }),
    ...(testEventCode === undefined ? {} : { testEventCode }),
    ...(partnerAgent === undefined ? {} : { partnerAgent }),
  };
};

/**
 * Reads the three encodings of the Using the API page (2026-09-12): JSON with a real array, and the two kinds of form
 * with `data` as JSON text. Compressed bodies are refused: whether Meta takes them is not known.
 */
export const readEventsBody = async (
  bytes: Buffer,
  headers: IncomingMessage['headers'],
): Promise<EventsBody | BodyProblem> => {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return { problem: 'The body must not be compressed.' };
  if (!isUtf8(bytes)) return { problem: 'The body must be UTF-8.' };
  const contentType = headers['content-type'] ?? '';
  if (/^multipart\/form-data/i.test(contentType)) {
    try {
      const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData();
      return fromFields(new Map(form));
    } catch {
      return { problem: 'The form cannot be read.' };
    }
  }
  const text = bytes.toString('utf8');
  if (/^application\/x-www-form-urlencoded/i.test(contentType)) return fromFields(new Map(new URLSearchParams(text)));
  const parsed = parseJson(text);
  return isObject(parsed)
    ? fromFields(new Map(Object.entries(parsed)))
    : { problem: 'The body must be a JSON object.' };
};
