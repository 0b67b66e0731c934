/** What Meta's answer to a GET of the dataset means. Nothing is sent. */
import { apiVersionWarning } from '../config/api-version-life.ts';
import type { Destination } from '../config/config-schema.ts';
import { EXIT } from '../errors.ts';
import type { DatasetReply } from '../load/read-dataset.ts';
import { ERROR_CODES } from '../meta/error-codes.ts';
import type { CheckCode } from './check-codes.ts';
import type { Finding } from './finding.ts';

/** A token that is not valid, by Meta's code. Other codes of the class say that it may not read; sending is another permission. */
const BAD_TOKEN: ReadonlySet<number | undefined> = new Set([102, 104, 190, 2500]);

export const destinationFindings = (
  { dataset_id: id, api_version: version }: Destination,
  reply: DatasetReply,
  now: Date,
): Finding[] => [dataset(id, reply), apiVersion(version, now)];

const dataset = (id: string, reply: DatasetReply): Finding => {
  const code: CheckCode = 'dataset';
  if (reply.kind === 'seen') return { code, level: 'ok', text: `${id} answers to this token; nothing was sent` };
  const meaning = ERROR_CODES[`${reply.code}/${reply.subcode}`]?.meaning ?? ERROR_CODES[String(reply.code)]?.meaning;
  const why = `${meaning ?? 'no usable answer'} (${reply.reason})`;
  if (BAD_TOKEN.has(reply.code) || (reply.class === 'auth' && reply.code === undefined)) {
    const cure = 'put a valid token into the environment';
    return { code, level: 'problem', text: `the token is refused: ${why}`, cure, exitCode: EXIT.permission };
  }
  if (reply.class === 'auth') {
    const text = `the token is good, but may not read about ${id}: ${why}`;
    return { code, level: 'warning', text, cure: 'whether it may send, only "capi-sync send-test" tells' };
  }
  if (reply.class === 'config' || reply.class === 'policy' || reply.class === 'invalid') {
    const exitCode = reply.class === 'policy' ? EXIT.permission : EXIT.config;
    const cure = 'check dataset_id, api_version and base_url, and that the token is assigned to the dataset';
    return { code, level: 'problem', text: `${id}: ${why}`, cure, exitCode };
  }
  return { code, level: 'problem', text: `Meta did not answer: ${why}`, cure: 'check the network, or try again later' };
};

const apiVersion = (version: string, now: Date): Finding => {
  const code: CheckCode = 'api-version';
  const warning = apiVersionWarning(version, now);
  if (warning === undefined) return { code, level: 'ok', text: `${version}, with more than 90 days to live` };
  return { code, level: 'warning', text: warning, cure: 'write a newer api_version' };
};
