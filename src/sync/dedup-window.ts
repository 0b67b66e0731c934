/** How long an acknowledged event is remembered. */
import { parseDuration } from '../config/duration.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';

/** The ledger keeps keys at least this long: no event older than 62 days is accepted, so none can be counted twice after it. */
const RETENTION_DAYS = 63;

/** Whole days, rounded up: the ledger knows no smaller unit. */
export const dedupWindowDays = (mapping: ParsedMapping): number => {
  const { window } = mapping.file.dedup;
  return window === 'forever' ? 1_000_000 : Math.ceil(parseDuration(window) / 86_400);
};

/** Keys of earlier days (since 1970) are forgotten. */
export const ledgerStartDay = (mapping: ParsedMapping, nowSeconds: number): number =>
  Math.floor(nowSeconds / 86_400) - Math.max(dedupWindowDays(mapping), RETENTION_DAYS) - 1;
