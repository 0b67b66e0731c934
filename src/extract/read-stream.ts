/**
 * Reads a stream's pages for one run: first the lookback window again, then what is new, up to the horizon; one page is read ahead.
 * Guards what a connector gives: pages are not empty and rows carry a key. Never compares cursor text.
 */
import type { Page, Position, ReadRange, Source, Stream } from '../../connectors/connector.ts';

/** What of a stream one run reads. Texts are the source's own. */
export type ReadPlan = {
  readonly stream: Stream;
  /** Cells wanted, in the order of a row. */
  readonly columns: readonly string[];
  /** Where the last run stopped; undefined on the first run. */
  readonly checkpoint: Position | undefined;
  /** First run: rows at or above this cursor text; undefined: from the beginning. */
  readonly from: string | undefined;
  /** The lookback window's lower edge, at or below the checkpoint; undefined: no lookback. */
  readonly lookbackFrom: string | undefined;
  /** Exclusive upper bound; undefined: there is nothing to read. */
  readonly before: string | undefined;
  readonly pageSize: number;
};

/** `moves`: the checkpoint may advance to this page's end. Pages of the lookback window never move it. */
export type StreamPage = Page & { readonly moves: boolean };

/** @throws SourceError */
export async function* readStream(source: Source, plan: ReadPlan, signal: AbortSignal): AsyncGenerator<StreamPage> {
  if (plan.before === undefined) return;
  const { stream, columns, pageSize, checkpoint } = plan;
  if (checkpoint && plan.lookbackFrom !== undefined) {
    yield* ahead(source, stream, { columns, from: plan.lookbackFrom, upTo: checkpoint, pageSize }, false, signal);
  }
  const start: Pick<ReadRange, 'after' | 'from'> = checkpoint
    ? { after: checkpoint }
    : plan.from === undefined
      ? {}
      : { from: plan.from };
  yield* ahead(source, stream, { columns, ...start, before: plan.before, pageSize }, true, signal);
}

/** Asks for the next page while the current one is worked on. */
async function* ahead(
  source: Source,
  stream: Stream,
  range: ReadRange,
  moves: boolean,
  signal: AbortSignal,
): AsyncGenerator<StreamPage> {
  const pages = source.readPages(stream, range, signal)[Symbol.asyncIterator]();
  const read = (): Promise<IteratorResult<Page>> => {
    const next = pages.next();
    next.catch(() => undefined); // seen when it is awaited; a consumer that stopped early must not make it unhandled
    return next;
  };
  let next = read();
  try {
    while (!signal.aborted) {
      const page = await next;
      if (page.done) return;
      next = read();
      yield { ...page.value, moves };
    }
  } finally {
    await next.catch(() => undefined);
    await pages.return?.();
  }
}
