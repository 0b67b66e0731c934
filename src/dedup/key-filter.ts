/**
 * Spares a first run its look-ups: a ledger that was empty when the run began holds only what this run has put there, so a key that this
 * filter does not know is certainly not in it. (A Bloom filter: it may take a stranger for known, never the other way about.)
 */

export type KeyFilter = {
  readonly add: (keys: readonly string[]) => void;
  /** The keys that may have been added; every one that was, and a few more. */
  readonly known: (keys: readonly string[]) => readonly string[];
};

/** 4 MiB: of a million keys it mistakes one in a thousand; of ten million, one in five, which are then looked up. */
const BITS = 25;
/** A key is 32 hex characters of a hash: its parts are as good as hashes of their own. */
const PARTS = [0, 7, 14];
const PART_LENGTH = 7;

const place = (key: string, from: number): number => {
  let bits = 0;
  for (let at = from; at < from + PART_LENGTH; at += 1) {
    const code = key.charCodeAt(at);
    bits = (bits << 4) | (code < 58 ? code - 48 : code - 87);
  }
  return bits & ((1 << BITS) - 1);
};

export const keyFilter = (): KeyFilter => {
  const bits = new Uint32Array(1 << (BITS - 5));
  let isEmpty = true;
  return {
    add: (keys) => {
      isEmpty &&= keys.length === 0;
      for (const key of keys) {
        for (const from of PARTS) {
          const at = place(key, from);
          bits[at >>> 5] = (bits[at >>> 5] as number) | (1 << (at & 31));
        }
      }
    },
    known: (keys) => {
      if (isEmpty) return [];
      return keys.filter((key) =>
        PARTS.every((from) => {
          const at = place(key, from);
          return ((bits[at >>> 5] as number) & (1 << (at & 31))) !== 0;
        }),
      );
    },
  };
};
