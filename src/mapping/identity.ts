/**
 * Identities that never change: the event_id and the dedup key of a row. Pure functions of configuration and row,
 * so that a repeat after a crash is the same event to the letter.
 */
import { hash } from 'node:crypto';

const SEPARATOR = '\u0000';

/**
 * The default event_id: 32 hex characters of mapping, event name and primary key.
 * @param change what tells several events of one row apart (emit.ts)
 */
export const defaultEventId = (
  mapping: string,
  eventName: string,
  rowKey: readonly string[],
  change?: string,
): string =>
  hash(
    'sha256',
    ['event', mapping, eventName, keyText(rowKey), ...(change === undefined ? [] : [change])].join(SEPARATOR),
  ).slice(0, 32);

/** Several columns as JSON, so that no separator in a text can make two keys one. */
const keyText = (rowKey: readonly string[]): string =>
  rowKey.length === 1 ? (rowKey[0] ?? '') : JSON.stringify(rowKey);

/** What must not be counted twice: one value of order_id or event_id, per dataset and event name. 32 hex characters. */
export const dedupKey = (datasetId: string, eventName: string, kind: 'order_id' | 'event_id', value: string): string =>
  hash(
    'sha256',
    `v1${SEPARATOR}${datasetId}${SEPARATOR}${eventName}${SEPARATOR}${kind}${SEPARATOR}${value}`,
    'hex',
  ).slice(0, 32);

/** 16 hex characters of a text: enough to see that a row changed, too few to get anything back. */
export const fingerprint = (text: string | Uint8Array): string => hash('sha256', text).slice(0, 16);
