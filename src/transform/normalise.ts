import type { Drop } from './drop.ts';

/** What else is known of the row. */
export type NormaliseContext = {
  /** ISO 3166-1 alpha-2, lower-case, already normalised: the row's country or the mapping's default. For ph, zp, st. */
  readonly country?: string | undefined;
  /** Format of a birthday, such as `DD.MM.YYYY`; see date-format.ts. */
  readonly dateFormat?: string | undefined;
};

/** Text of a column to Meta's normal form, or why there is none. Pure, total, idempotent; never gives an empty text. */
export type Normalise = (text: string, context: NormaliseContext) => string | Drop;
