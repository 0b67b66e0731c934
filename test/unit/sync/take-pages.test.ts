import { describe, expect, it } from 'vitest';
import type { Page, ReadRange, Stream } from '../../../connectors/connector.ts';
import { pageTaker } from '../../../src/sync/take-pages.ts';

const stream = {} as Stream;

/** A source of the numbers up to `last`, and what was asked of it. */
const numbers = (last: number, streams: boolean) => {
  const asked: ReadRange[] = [];
  const ended: number[] = [];
  let isWaiting = false;
  return {
    streams,
    asked,
    ended,
    isWaiting: () => isWaiting,
    async *readPages(_stream: Stream, range: ReadRange, signal: AbortSignal): AsyncGenerator<Page> {
      const query = asked.push(range) - 1;
      try {
        let at = Number(range.after?.cursor ?? range.from ?? 0);
        while (at < last && !signal.aborted) {
          if (range.columns.includes('slow')) {
            isWaiting = true;
            await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
            return;
          }
          const rows = Array.from({ length: Math.min(range.pageSize, last - at) }, (_, n) => [String(at + n + 1)]);
          at += rows.length;
          yield { rows, end: { cursor: String(at), key: [String(at)] } };
        }
      } finally {
        ended.push(query);
      }
    },
  };
};

const range: ReadRange = { columns: ['id'], pageSize: 3, before: '100' };
const behind = (page: Page | undefined): ReadRange => ({ ...range, after: page!.end });

describe('pages that are taken one by one', () => {
  it('come from one query, of a source that streams, as long as each goes on from the one before', async () => {
    const source = numbers(8, true);
    const pages = pageTaker(source, stream);
    const first = await pages.take(range);
    const second = await pages.take(behind(first));
    const third = await pages.take(behind(second));
    expect([first, second, third].map((page) => page?.rows.flat())).toEqual([
      ['1', '2', '3'],
      ['4', '5', '6'],
      ['7', '8'],
    ]);
    expect(await pages.take(behind(third))).toBeUndefined();
    expect(source.asked).toHaveLength(1);
    expect(source.ended).toEqual([0]);
  });

  it('come from a query each where the source does not stream, which is ended with its page', async () => {
    const source = numbers(8, false);
    const pages = pageTaker(source, stream);
    const first = await pages.take(range);
    expect(source.ended).toEqual([0]);
    expect((await pages.take(behind(first)))?.rows.flat()).toEqual(['4', '5', '6']);
    expect(source.asked).toHaveLength(2);
  });

  it.each([
    ['that starts elsewhere', { after: { cursor: '4', key: ['4'] } }],
    ['of another key at the same cursor', { after: { cursor: '3', key: ['2'] } }],
    ['without a start', { after: undefined }],
    ['that ends elsewhere', { before: '7' }],
    ['that ends at a position', { before: undefined, upTo: { cursor: '5', key: ['5'] } }],
    ['of other columns', { columns: ['id', 'note'] }],
    ['of another page size', { pageSize: 2 }],
  ] as const)('come from a query of their own for a range %s; the one before is ended first', async (_what, more) => {
    const source = numbers(8, true);
    const pages = pageTaker(source, stream);
    const first = await pages.take(range);
    const next = Object.entries({ ...behind(first), ...more }).filter(([, value]) => value !== undefined);
    await pages.take(Object.fromEntries(next) as ReadRange);
    expect(source.asked).toHaveLength(2);
    expect(source.ended).toEqual([0]);
  });

  it('go on from the same end at a position, whether or not it is the same object', async () => {
    const source = numbers(8, true);
    const pages = pageTaker(source, stream);
    const { before: _before, ...unbounded } = range;
    const upTo = () => ({ cursor: '8', key: ['8'] });
    const first = await pages.take({ ...unbounded, upTo: upTo() });
    await pages.take({ ...unbounded, after: first!.end, upTo: upTo() });
    expect(source.asked).toHaveLength(1);
  });

  it('begin anew after the end was reached', async () => {
    const source = numbers(2, true);
    const pages = pageTaker(source, stream);
    expect((await pages.take(range))?.rows).toHaveLength(2);
    expect(await pages.take(behind({ rows: [], end: { cursor: '2', key: ['2'] } }))).toBeUndefined();
    expect((await pages.take(range))?.rows).toHaveLength(2);
    expect(source.asked).toHaveLength(2);
  });

  it('are no more once they are closed, and a query that is open is ended', async () => {
    const source = numbers(8, true);
    const pages = pageTaker(source, stream);
    const first = await pages.take(range);
    await pages.close();
    expect(source.ended).toEqual([0]);
    expect(await pages.take(behind(first))).toBeUndefined();
    expect(source.asked).toHaveLength(1);
  });

  it('are given up by closing while a query still works', async () => {
    const source = numbers(8, true);
    const pages = pageTaker(source, stream);
    const taking = pages.take({ ...range, columns: ['slow'] });
    while (!source.isWaiting()) await new Promise((resolve) => setImmediate(resolve));
    await pages.close();
    expect(await taking).toBeUndefined();
    expect(source.ended).toEqual([0]);
  });

  it('fail with the error of the source, and begin anew after it', async () => {
    let isBroken = true;
    const { readPages } = numbers(8, true);
    const pages = pageTaker(
      {
        streams: true,
        async *readPages(...args) {
          if (isBroken) throw new Error('cut off');
          yield* readPages(...args);
        },
      },
      stream,
    );
    await expect(pages.take(range)).rejects.toThrow('cut off');
    isBroken = false;
    expect((await pages.take(range))?.rows).toHaveLength(3);
  });
});
