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

/** One part of a run's read. `moves` as in StreamPage. */
export type ReadPart = { readonly range: ReadRange; readonly moves: boolean };

/** What a run reads, in order: the lookback window again, then what is new. */
export const readParts = (plan: ReadPlan): ReadPart[] => {
  const { columns, pageSize, checkpoint, from, lookbackFrom, before } = plan;
  if (before === undefined) return [];
  const start: Pick<ReadRange, 'after' | 'from'> = checkpoint
    ? { after: checkpoint }
    : from === undefined
      ? {}
      : { from };
  const fresh: ReadPart = { range: { columns, ...start, before, pageSize }, moves: true };
  if (!checkpoint || lookbackFrom === undefined) return [fresh];
  return [{ range: { columns, from: lookbackFrom, upTo: checkpoint, pageSize }, moves: false }, fresh];
};

/** @throws SourceError */
export async function* readStream(source: Source, plan: ReadPlan, signal: AbortSignal): AsyncGenerator<StreamPage> {
  for (const { range, moves } of readParts(plan)) {
    const pages = readAhead(source.readPages(plan.stream, range, signal), signal);
    for await (const page of pages) yield { ...page, moves };
  }
}
