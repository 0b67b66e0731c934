/** Tables of the codes that stand in tables of their own. The other codes of docs/errors.md are written by hand. */
import { CHECK_CODES } from '../../src/check/check-codes.ts';
import { LINT_CODES } from '../../src/lint/lint-codes.ts';
import { ERROR_CODES, EVENT_SUBCODES } from '../../src/meta/error-codes.ts';
import { REJECTION_CODES } from '../../src/meta/rejection-codes.ts';
import { UNREADABLE_CODES } from '../../src/meta/unreadable-codes.ts';
import { code, table } from './markdown.ts';

export const rejectionCodes = (): string =>
  table(
    ['code', 'cause', 'cure'],
    Object.entries(REJECTION_CODES).map(([name, { meaning, cure }]) => [code(name), meaning, cure]),
  );

export const unreadableCodes = (): string =>
  table(
    ['code', 'cause', 'cure'],
    Object.entries(UNREADABLE_CODES).map(([name, { meaning, cure }]) => [code(name), meaning, cure]),
  );

/** Codes of the linter of one severity. */
export const lintCodes = (severity: 'error' | 'warning'): string =>
  table(
    ['code', 'cause', 'cure'],
    Object.entries(LINT_CODES)
      .filter(([, entry]) => entry.severity === severity)
      .map(([name, { meaning, cure }]) => [code(name), meaning, cure]),
  );

/** What `check` looks at. */
export const checkCodes = (): string =>
  table(
    ['code', 'what it says', 'cure'],
    Object.entries(CHECK_CODES).map(([name, { meaning, cure }]) => [code(name), meaning, cure]),
  );

const WHAT_FOLLOWS: Readonly<Record<(typeof ERROR_CODES)[string]['class'], string>> = {
  auth: 'stop, exit 5',
  policy: 'stop, exit 5',
  config: 'stop, exit 3',
  throttle: 'wait, fewer requests at a time',
  transient: 'try again',
  invalid: 'halve the batch until the bad event is alone',
  too_large: 'halve the batch',
  bad_response: 'three tries, then stop',
};

export const errorClasses = (): string =>
  table(
    ['class', 'what the program does'],
    Object.entries(WHAT_FOLLOWS).map(([name, follows]) => [code(name), follows]),
  );

export const metaErrors = (): string =>
  table(
    ["Meta's code", 'class', 'meaning'],
    Object.entries(ERROR_CODES)
      .sort(([a], [b]) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || a.localeCompare(b))
      .map(([name, entry]) => [code(name), code(entry.class), entry.meaning]),
  );

export const metaSubcodes = (): string =>
  table(
    ['subcode', 'meaning'],
    Object.entries(EVENT_SUBCODES).map(([name, meaning]) => [code(name), meaning]),
  );
