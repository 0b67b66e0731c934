/** What becomes of one row: an event, or a counted reason why not. A bad row is a value, never an exception. */

/** A row that became an event. */
export type MappedEvent = {
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

/**
 * The same on its way to Meta: its text is UTF-8, made once, so that every repeat of it is the same to the byte. Bytes and not a string,
 * because thousands of events wait at a time, and what waits as strings the garbage collector moves about again and again.
 */
export type EventRow = Omit<MappedEvent, 'kind' | 'json'> & { readonly bytes: Uint8Array };

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

export type MappedRow = MappedEvent | RejectedRow | FilteredRow | ExpiredRow;
