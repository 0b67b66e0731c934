/** Dead letters by reason, with what the reason means and what to do about it. */
import { REJECTION_CODES } from '../../meta/rejection-codes.ts';
import type { LetterGroup } from './page-data.ts';

export type LetterSum = {
  readonly mapping: string;
  readonly code: string;
  readonly field: string | undefined;
  readonly rows: number;
};

/** Codes that are not among the local rules. */
const OTHER: Readonly<Record<string, { readonly meaning: string; readonly cure: string }>> = {
  'refused-by-meta': {
    meaning: 'Meta refused the event, and no local rule had seen it coming',
    cure: 'see the code of Meta: capi-sync dead-letters list',
  },
};

export const letterGroups = (sums: readonly LetterSum[]): LetterGroup[] =>
  sums
    .map(({ code, field, rows }) => {
      const known = Object.hasOwn(REJECTION_CODES, code)
        ? REJECTION_CODES[code as keyof typeof REJECTION_CODES]
        : OTHER[code];
      return { code, field, rows, meaning: known?.meaning, cure: known?.cure };
    })
    .sort((a, b) => b.rows - a.rows || a.code.localeCompare(b.code));
