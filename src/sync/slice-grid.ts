/** Ranges, cut into slices. A slice begins and ends on the grid, so that ranges that overlap share slices; whole steps, however large the range. */

/** Half open: `from` is in it, `before` is not. */
export type Span = { readonly from: bigint; readonly before: bigint };

/** What is left of a span without those that are covered, in order. */
export const without = ({ from, before }: Span, covered: readonly Span[]): Span[] => {
  const left: Span[] = [];
  let at = from;
  for (const each of covered.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    if (each.before <= at || each.from >= before) continue;
    if (each.from > at) left.push({ from: at, before: each.from });
    at = each.before;
  }
  if (at < before) left.push({ from: at, before });
  return left;
};

const floorTo = (place: bigint, step: bigint): bigint => place - (((place % step) + step) % step);

/** The smallest of the steps with which a span has no more than `most` slices, else the largest. */
export const stepFor = ({ from, before }: Span, steps: readonly bigint[], most: number): bigint =>
  steps.find((step) => (before - from) / step < BigInt(most)) ?? (steps.at(-1) as bigint);

/** A span at the multiples of a step. */
export const cut = ({ from, before }: Span, step: bigint): Span[] => {
  const slices: Span[] = [];
  for (let at = from; at < before; ) {
    const next = floorTo(at, step) + step;
    const end = next < before ? next : before;
    slices.push({ from: at, before: end });
    at = end;
  }
  return slices;
};
