/** What becomes of one row: an event, or a counted reason why not. A bad row is a value, never an exception. */

/** A row that became an event. Its bytes are made once, so that every repeat of it is the same to the letter. */
export type EventRow = {
  readonly kind: 'event';
  /** The primary key's texts. */
  readonly rowKey: readonly string[];
  /** 32 hex characters; the same order gives the same key for ever. */
  readonly dedupKey: string;
  /** The event as JSON text. */
  readonly json: string;
  /** Unix seconds. */
  readonly eventTime: number;
  /** How old Meta lets it be, seconds: 7 days, or 62 for physical_store. */
  readonly maxAgeSeconds: number;
};

/** A row that Meta would refuse, found here. `code` and the name of a field, never a value. */
export type RejectedRow = {
  readonly kind: 'rejected';
  readonly rowKey: readonly string[];
  readonly code: string;
  readonly field: string | undefined;
  /** 16 hex characters of the row's cells: a changed row is looked at afresh. */
  readonly fingerprint: string;
};

export type FilteredRow = { readonly kind: 'filtered'; readonly reason: 'filter' | 'consent' };
export type ExpiredRow = { readonly kind: 'expired' };

export type MappedRow = EventRow | RejectedRow | FilteredRow | ExpiredRow;
