/** Random choices that are the same for the same seed, so that a demo and its test see the same shop. Not for secrets. */
export type Random = {
  /** 0 <= x < 1 */
  next(): number;
  /** An integer, both ends included. */
  between(low: number, high: number): number;
  pick<T>(of: readonly T[]): T;
  /** True about `share` of the time. */
  chance(share: number): boolean;
  /** `#` becomes a digit, `@` a capital letter; the rest stays. */
  fill(pattern: string): string;
};

const LETTERS = 'ABCDEFGHJKLNPRSTUWXYZ';

/** A mulberry32 generator: 32 bits of state, plenty for a few thousand rows. */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const pick = <T>(of: readonly T[]): T => of[between(0, of.length - 1)]!;
  return {
    next,
    between,
    pick,
    chance: (share) => next() < share,
    fill: (pattern) =>
      pattern.replace(/[#@]/g, (sign) => (sign === '#' ? String(between(0, 9)) : LETTERS[between(0, 20)]!)),
  };
};
