/** Durations as the files write them. The pattern stands once: the schemas use it and `parseDuration` reads by it. */
export const DURATION_PATTERN = '^\\d+(ms|s|m|h|d)$';

const SECONDS_PER_UNIT = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 } as const;

type Unit = keyof typeof SECONDS_PER_UNIT;

/** True for `0s`, `60s`, `10m`, `2h`, `7d`, `250ms`. */
export function isDuration(text: string): boolean {
  return new RegExp(DURATION_PATTERN).test(text);
}

/**
 * Seconds of a duration text; `250ms` gives 0.25.
 * Throws a RangeError for any other text: what comes from a file was checked by the schema before.
 */
export function parseDuration(text: string): number {
  if (!isDuration(text)) throw new RangeError('not a duration; write it like 30s, 10m, 2h or 7d');
  const unit = text.replace(/^\d+/, '') as Unit;
  const amount = Number(text.slice(0, -unit.length));
  return unit === 'ms' ? amount / 1000 : amount * SECONDS_PER_UNIT[unit];
}
