/** Pages of a source, one for each call, by one query each or, where the source streams, by one query for as long as the calls go on from each other. */
import type { Page, Position, ReadRange, Source, Stream } from '../../connectors/connector.ts';

export type PageTaker = {
  /** The first page of the range; undefined where it holds no more rows. Called one after another. Throws SourceError. */
  readonly take: (range: ReadRange) => Promise<Page | undefined>;
  /** Gives up what is open, a query that is still working too; `take` then finds no more rows. */
  readonly close: () => Promise<void>;
};

type OpenRead = {
  readonly range: ReadRange;
  readonly pages: AsyncIterator<Page>;
  /** Of the page given last. */
  end: Position | undefined;
};

export const pageTaker = (source: Pick<Source, 'readPages' | 'streams'>, stream: Stream): PageTaker => {
  const stop = new AbortController();
  let open: OpenRead | undefined;

  const end = async (): Promise<void> => {
    const { pages } = open ?? {};
    open = undefined;
    await pages?.return?.();
  };

  const start = async (range: ReadRange): Promise<OpenRead> => {
    await end();
    return { range, pages: source.readPages(stream, range, stop.signal)[Symbol.asyncIterator](), end: undefined };
  };

  return {
    take: async (range) => {
      if (stop.signal.aborted) return undefined;
      open = open && goesOn(open, range) ? open : await start(range);
      const reading = open;
      const { value: page } = await reading.pages.next();
      reading.end = page?.end;
      if (!source.streams || page === undefined) await end();
      return page;
    },
    close: async () => {
      stop.abort();
      await end();
    },
  };
};

/** Whether a range is what is left of an open read after its last page. */
const goesOn = ({ range, end }: OpenRead, next: ReadRange): boolean =>
  end !== undefined &&
  next.after !== undefined &&
  samePosition(end, next.after) &&
  next.pageSize === range.pageSize &&
  next.before === range.before &&
  (next.upTo === range.upTo || (!!next.upTo && !!range.upTo && samePosition(next.upTo, range.upTo))) &&
  next.columns.length === range.columns.length &&
  next.columns.every((name, at) => name === range.columns[at]);

const samePosition = (a: Position, b: Position): boolean =>
  a.cursor === b.cursor && a.key.length === b.key.length && a.key.every((text, at) => text === b.key[at]);
