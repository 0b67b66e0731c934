/** Transforms a page: each row to an event, or to the reason why not. Pure and total: no row can stop it. */
import type { EventRow, MappedRow, RejectedRow } from '../mapping/mapped-row.ts';
import { type BlockPool, type PackedTexts, packedText, textPacker } from './pack-texts.ts';

/**
 * A page of rows, mapped, in a form that crosses threads for next to nothing: a few large pieces instead of thousands of small ones,
 * which a clone would copy one by one and the garbage collector would look at again and again.
 */
export type PackedPage = {
  readonly rows: number;
  readonly texts: PackedTexts;
  /** The events' dedup keys, 32 characters each, one after another. */
  readonly keys: string;
  /** The events' times, Unix seconds. */
  readonly times: Float64Array<ArrayBuffer>;
  /** How old each may be, seconds. */
  readonly maxAges: Uint32Array<ArrayBuffer>;
  /** The events' primary keys: JSON of a list of lists of texts. */
  readonly rowKeys: string;
  readonly rejected: readonly RejectedRow[];
  readonly filtered: number;
  /** Of the filtered ones, those whom consent.require left out. */
  readonly withoutConsent: number;
  readonly expired: number;
};

export const transformPage = (
  rows: readonly (readonly unknown[])[],
  mapRow: (row: readonly unknown[]) => MappedRow,
  pool: BlockPool,
): PackedPage => {
  const packer = textPacker(pool);
  const rowKeys: (readonly string[])[] = [];
  const times: number[] = [];
  const maxAges: number[] = [];
  const rejected: RejectedRow[] = [];
  let keys = '';
  let filtered = 0;
  let withoutConsent = 0;
  let expired = 0;
  for (const row of rows) {
    const mapped = mapRow(row);
    if (mapped.kind === 'event') {
      packer.pack(mapped.json);
      keys += mapped.dedupKey;
      times.push(mapped.eventTime);
      maxAges.push(mapped.maxAgeSeconds);
      rowKeys.push(mapped.rowKey);
    } else if (mapped.kind === 'rejected') rejected.push(mapped);
    else if (mapped.kind === 'filtered') {
      filtered += 1;
      if (mapped.reason === 'consent') withoutConsent += 1;
    } else expired += 1;
  }
  return {
    rows: rows.length,
    texts: packer.packed(),
    keys,
    times: Float64Array.from(times),
    maxAges: Uint32Array.from(maxAges),
    rowKeys: JSON.stringify(rowKeys),
    rejected,
    filtered,
    withoutConsent,
    expired,
  };
};

const KEY_LENGTH = 32;

/** An event of a packed page. It takes out what it is asked for: thousands wait at a time, and most are never asked for their row's key. */
class PackedEvent implements EventRow {
  readonly dedupKey: string;
  readonly #page: PackedPage;
  readonly #index: number;
  readonly #rowKeys: () => readonly (readonly string[])[];
  constructor(page: PackedPage, index: number, rowKeys: () => readonly (readonly string[])[]) {
    this.#page = page;
    this.#index = index;
    this.#rowKeys = rowKeys;
    this.dedupKey = page.keys.slice(index * KEY_LENGTH, (index + 1) * KEY_LENGTH);
  }
  get eventTime(): number {
    return this.#page.times[this.#index] as number;
  }
  get maxAgeSeconds(): number {
    return this.#page.maxAges[this.#index] as number;
  }
  get rowKey(): readonly string[] {
    return this.#rowKeys()[this.#index] as readonly string[];
  }
  get bytes(): Uint8Array {
    return packedText(this.#page.texts, this.#index);
  }
}

export type MappedPage = {
  readonly events: readonly EventRow[];
  readonly rejected: readonly RejectedRow[];
  readonly filtered: number;
  /** Of the filtered ones, those whom consent.require left out. */
  readonly withoutConsent: number;
  readonly expired: number;
  /** Primary keys, as JSON, of the rows that may have a dead letter. */
  readonly rowKeys: () => string[];
};

export const unpackPage = (page: PackedPage): MappedPage => {
  let parsed: readonly (readonly string[])[] | undefined;
  const keysOfEvents = (): readonly (readonly string[])[] => {
    parsed ??= JSON.parse(page.rowKeys) as string[][];
    return parsed;
  };
  return {
    events: Array.from(page.times, (_, index) => new PackedEvent(page, index, keysOfEvents)),
    rejected: page.rejected,
    filtered: page.filtered,
    withoutConsent: page.withoutConsent,
    expired: page.expired,
    rowKeys: () => [...keysOfEvents(), ...page.rejected.map(({ rowKey }) => rowKey)].map((key) => JSON.stringify(key)),
  };
};
