/**
 * An estimate of match quality, from Meta's published ranking of keys. It is not Meta's Event Match Quality, whose formula is not published:
 * four bands and no number, because the method (docs/match-quality-estimate.md) knows no more than that.
 */
import { KEY_RANKS, type KeyRank, PERSONAL_KEYS } from '../meta/match-key-ranking.ts';

/** From the weakest to the strongest. */
export const BANDS = ['low', 'medium', 'good', 'great'] as const;
export type Band = (typeof BANDS)[number];

/** What a key adds, by its rank. */
export const WEIGHTS: Readonly<Record<KeyRank, number>> = { high: 3, medium: 2, low: 1, unranked: 1, none: 0 };
/** The sum from which an event is in a band. */
export const BAND_FROM: Readonly<Record<Band, number>> = { low: 0, medium: 3, good: 6, great: 9 };
/** The best band that an event can have with so many keys that point to one person: broad keys narrow down, and one key alone may be mistyped. */
export const AT_MOST: readonly Band[] = ['medium', 'good', 'great'];

export const weightOf = (key: string): number =>
  Object.hasOwn(KEY_RANKS, key) ? WEIGHTS[KEY_RANKS[key as keyof typeof KEY_RANKS]] : 0;

/** Whether none of the keys points to one person by itself. */
export const isBroad = (keys: readonly string[]): boolean => !keys.some((key) => PERSONAL_KEYS.has(key));

/** The band of an event that carries exactly these keys. */
export const bandOf = (keys: readonly string[]): Band => {
  const sum = keys.reduce((total, key) => total + weightOf(key), 0);
  const personal = keys.filter((key) => PERSONAL_KEYS.has(key)).length;
  const most = AT_MOST[Math.min(personal, AT_MOST.length - 1)] as Band;
  return BANDS.findLast((band) => sum >= BAND_FROM[band] && BANDS.indexOf(band) <= BANDS.indexOf(most)) ?? 'low';
};
