/**
 * Reads a stream's pages for one run: first the lookback window again, then what is new, up to the horizon; one page is read ahead.
 * Never compares cursor text.
 */

import type { Page, Position, ReadRange, Source, Stream } from '../../connectors/connector.ts';
import { readAhead } from './read-ahead.ts';

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
    yield* pagesOf(source, stream, { columns, from: plan.lookbackFrom, upTo: checkpoint, pageSize }, false, signal);
  }
  const start: Pick<ReadRange, 'after' | 'from'> = checkpoint
    ? { after: checkpoint }
    : plan.from === undefined
      ? {}
      : { from: plan.from };
  yield* pagesOf(source, stream, { columns, ...start, before: plan.before, pageSize }, true, signal);
}

async function* pagesOf(
  source: Source,
  stream: Stream,
  range: ReadRange,
  moves: boolean,
  signal: AbortSignal,
): AsyncGenerator<StreamPage> {
  for await (const page of readAhead(source.readPages(stream, range, signal), signal)) yield { ...page, moves };
}
