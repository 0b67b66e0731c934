import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, type Span, stepFor, without } from '../../../src/sync/slice-grid.ts';

const span = (from: number, before: number): Span => ({ from: BigInt(from), before: BigInt(before) });
const numbers = (spans: readonly Span[]): number[][] => spans.map(({ from, before }) => [Number(from), Number(before)]);

describe('a range', () => {
  it.each([
    [[], [[0, 100]]],
    [[[0, 100]], []],
    [[[-5, 200]], []],
    [
      [
        [20, 30],
        [10, 25],
      ],
      [
        [0, 10],
        [30, 100],
      ],
    ],
    [[[90, 300]], [[0, 90]]],
    [
      [
        [200, 300],
        [-9, 0],
      ],
      [[0, 100]],
    ],
  ])('without %j is %j', (covered, left) => {
    expect(
      numbers(
        without(
          span(0, 100),
          covered.map(([a = 0, b = 0]) => span(a, b)),
        ),
      ),
    ).toEqual(left);
  });

  it('is cut at the grid, so that ranges that overlap share their slices', () => {
    expect(numbers(cut(span(-13, 25), 10n))).toEqual([
      [-13, -10],
      [-10, 0],
      [0, 10],
      [10, 20],
      [20, 25],
    ]);
    expect(numbers(cut(span(3, 7), 10n))).toEqual([[3, 7]]);
    expect(cut(span(3, 3), 10n)).toEqual([]);
  });

  it('takes the smallest step that makes few slices', () => {
    expect(stepFor(span(0, 63), [1n, 10n], 64)).toBe(1n);
    expect(stepFor(span(0, 64), [1n, 10n], 64)).toBe(10n);
    expect(stepFor(span(0, 9_999), [1n, 10n], 64)).toBe(10n);
  });

  it('and what covers it, cut and put together again, is the range, with nothing twice', () => {
    const small = fc.integer({ min: -60, max: 60 });
    const some = fc.array(fc.tuple(small, fc.integer({ min: 0, max: 40 })), { maxLength: 6 });
    fc.assert(
      fc.property(
        small,
        fc.integer({ min: 1, max: 90 }),
        some,
        fc.integer({ min: 1, max: 17 }),
        (at, size, covers, step) => {
          const range = span(at, at + size);
          const covered = covers.map(([from, length]) => span(from, from + length));
          const slices = without(range, covered).flatMap((left) => cut(left, BigInt(step)));
          for (let point = at; point < at + size; point += 1) {
            const isIn = ({ from, before }: Span): boolean => from <= BigInt(point) && BigInt(point) < before;
            expect(slices.filter(isIn)).toHaveLength(covered.some(isIn) ? 0 : 1);
          }
          for (const { from, before } of slices) {
            expect(from >= range.from && before <= range.before && from < before).toBe(true);
            expect(before - from <= BigInt(step)).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
