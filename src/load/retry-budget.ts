/**
 * Bounds the retries of all batches to one destination together: a far side in trouble is not asked more and more often.
 * Some are free at once; further ones come with time and with success.
 */
export type RetryBudget = {
  /** Takes one retry. @returns milliseconds to wait before it */
  readonly take: () => number;
  readonly succeeded: () => void;
};

const CAPACITY = 20;
const MS_PER_RETRY = 2_000;
const PER_SUCCESS = 0.2;

/** @param now epoch milliseconds */
export const retryBudget = (now: () => number): RetryBudget => {
  let left = CAPACITY;
  let countedAt = now();
  const add = (retries: number): void => {
    left = Math.min(CAPACITY, left + retries);
  };
  return {
    take: () => {
      add((now() - countedAt) / MS_PER_RETRY);
      countedAt = now();
      left -= 1;
      return left >= 0 ? 0 : Math.round(-left * MS_PER_RETRY);
    },
    succeeded: () => add(PER_SUCCESS),
  };
};
