import { expect, it } from 'vitest';
import type { Page, ReadRange, Source, Stream } from '../../../connectors/connector.ts';
import { type ReadPlan, readStream } from '../../../src/extract/read-stream.ts';

const STREAM = {} as Stream;
const PLAN: ReadPlan = {
  stream: STREAM,
  columns: ['id'],
  checkpoint: undefined,
  from: undefined,
  lookbackFrom: undefined,
  before: '100',
  pageSize: 2,
};
const page = (n: number): Page => ({ rows: [[String(n)]], end: { cursor: String(n), key: [String(n)] } });

/** A source that gives so many pages to each range, and keeps what was asked. */
const sourceOf = (pages: number, failAt?: number) => {
  const ranges: ReadRange[] = [];
  const log: string[] = [];
  const source = {
    async *readPages(_: Stream, range: ReadRange): AsyncGenerator<Page> {
      ranges.push(range);
      try {
        for (let n = 1; n <= pages; n += 1) {
          log.push(`read ${n}`);
          if (n === failAt) throw new Error('gone');
          yield page(n);
        }
      } finally {
        log.push('closed');
      }
    },
  } as unknown as Source;
  return { source, ranges, log };
};
const collect = async (source: Source, plan: Partial<ReadPlan>, signal = new AbortController().signal) => {
  const moves: boolean[] = [];
  for await (const each of readStream(source, { ...PLAN, ...plan }, signal)) moves.push(each.moves);
  return moves;
};
const checkpoint = { cursor: '50', key: ['5'] };

it('reads from the start of the mapping on the first run, from the checkpoint later', async () => {
  const { source, ranges } = sourceOf(1);
  await collect(source, {});
  await collect(source, { from: '7' });
  await collect(source, { checkpoint });
  const common = { columns: ['id'], before: '100', pageSize: 2 };
  expect(ranges).toEqual([common, { ...common, from: '7' }, { ...common, after: checkpoint }]);
});

it('reads the lookback window first; its pages never move the checkpoint', async () => {
  const { source, ranges } = sourceOf(2);
  expect(await collect(source, { checkpoint, lookbackFrom: '40' })).toEqual([false, false, true, true]);
  expect(ranges[0]).toEqual({ columns: ['id'], from: '40', upTo: checkpoint, pageSize: 2 });
  expect(ranges[1]).toMatchObject({ after: checkpoint, before: '100' });
});

it('asks nothing when there is nothing to read', async () => {
  const { source, ranges } = sourceOf(2);
  expect(await collect(source, { before: undefined, checkpoint, lookbackFrom: '40' })).toEqual([]);
  expect(ranges).toEqual([]);
});

it('has one page read ahead, and no more', async () => {
  const { source, log } = sourceOf(4);
  const pages = readStream(source, PLAN, new AbortController().signal);
  await pages.next();
  await new Promise((resolve) => setImmediate(resolve));
  expect(log).toEqual(['read 1', 'read 2']);
  await pages.return(undefined);
  expect(log).toEqual(['read 1', 'read 2', 'closed']);
});

it('stops between pages and closes what it read from', async () => {
  const { source, log } = sourceOf(9);
  const stop = new AbortController();
  let pages = 0;
  for await (const _ of readStream(source, { ...PLAN, checkpoint, lookbackFrom: '40' }, stop.signal)) {
    pages += 1;
    stop.abort();
  }
  expect(pages).toBe(1);
  expect(log.filter((entry) => entry === 'closed').length).toBe(log.filter((entry) => entry === 'read 1').length);
});

it('hands an error on after the pages before it, and keeps quiet about one ahead of an early end', async () => {
  const { source } = sourceOf(3, 2);
  await expect(collect(source, {})).rejects.toThrow('gone');
  for await (const _ of readStream(sourceOf(3, 2).source, PLAN, new AbortController().signal)) break;
  await new Promise((resolve) => setImmediate(resolve));
});
