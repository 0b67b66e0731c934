/**
 * How old events were when Meta acknowledged them, counted in classes. Meta asks for real time or within an hour; over two hours costs
 * optimisation, 24 or more attribution and delivery (Conversions API End-to-End Implementation guide, read 2026-09-12).
 */

const HOUR = 3600;
const DAY = 24 * HOUR;

/** Upper ends of the classes, in seconds; the last class has none. */
export const AGE_BOUNDS: readonly number[] = [300, 900, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY];

/** Events by class: one more than there are bounds. */
export type EventAges = readonly number[];

export const noAges = (): number[] => new Array<number>(AGE_BOUNDS.length + 1).fill(0);

/** @param ages counts that grow by one */
export const countAge = (ages: number[], seconds: number): void => {
  let at = 0;
  while (at < AGE_BOUNDS.length && seconds > (AGE_BOUNDS[at] as number)) at += 1;
  ages[at] = (ages[at] as number) + 1;
};
