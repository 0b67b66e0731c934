import type { Page, Position, ReadRange } from '../connector.ts';
import type { Dialect, SqlStream } from './dialect.ts';
import { type RunStream, streamPages } from './stream-pages.ts';

export type Patience = {
  /** Milliseconds for which a result stays open while nobody takes a page of it: no longer than the server lets it, or its place in a queue is worth. */
  readonly restMs: number;
  /** Milliseconds after which a result is not gone on with, because the server counts the waiting for us into the time of a query. */
  readonly ageMs: number;
};

/**
 * The pages of a range by one query, and by another from where the pages ended when the reader rested so long that the server would give the first up.
 * So that a destination that is slow for an hour costs a sort, and not the run.
 */
export async function* streamWithRests(
  {
    dialect,
    runStream,
    patience,
  }: { readonly dialect: Dialect; readonly runStream: RunStream; readonly patience: Patience },
  stream: SqlStream,
  range: ReadRange,
  signal: AbortSignal,
): AsyncGenerator<Page, void, undefined> {
  let rest = range;
  for (;;) {
    const leave = new AbortController();
    let isOld = false;
    let end: Position | undefined;
    const ageing = setTimeout(() => {
      isOld = true;
    }, patience.ageMs);
    try {
      for await (const page of streamPages(dialect, runStream, stream, rest, AbortSignal.any([signal, leave.signal]))) {
        end = page.end;
        const resting = setTimeout(() => leave.abort(), patience.restMs);
        try {
          yield page;
        } finally {
          clearTimeout(resting);
        }
        if (leave.signal.aborted || isOld) break;
        end = undefined;
      }
    } finally {
      clearTimeout(ageing);
    }
    if (end === undefined || signal.aborted) return;
    const { from: _from, ...others } = rest;
    rest = { ...others, after: end };
  }
}
