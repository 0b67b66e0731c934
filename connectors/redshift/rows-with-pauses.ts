import type { Client, Query } from 'pg';
import type { Cell } from '../connector.ts';

/** Rows that wait here at most; above it the socket is paused, and the cluster with it. */
const WAITING = 2_000;

/**
 * The rows of one query as they come. A cursor of the cluster (DECLARE) would be made in full on the leader node before its first row, within
 * limits of the node's type; a plain result streams, and the socket holds it back.
 */
export async function* rowsWithPauses(
  client: Client,
  query: Query,
  signal: AbortSignal,
): AsyncGenerator<Cell[][], void, undefined> {
  const { stream } = (client as unknown as { connection: { stream: { pause(): void; resume(): void } } }).connection;
  let waiting: Cell[][] = [];
  let isEnded = false;
  let failure: { readonly error: unknown } | undefined;
  let wake: () => void = () => undefined;
  query.on('row', (row: unknown) => {
    waiting.push(row as Cell[]);
    if (waiting.length >= WAITING) stream.pause();
    wake();
  });
  const ended = (error?: unknown): void => {
    isEnded = true;
    if (error !== undefined) failure ??= { error };
    wake();
  };
  query.on('end', () => ended());
  query.on('error', ended);
  client.once('end', () => ended(new Error('Connection terminated')));
  const abort = (): void => wake();
  signal.addEventListener('abort', abort);
  try {
    client.query(query);
    for (;;) {
      if (signal.aborted) return;
      if (waiting.length > 0) {
        const part = waiting;
        waiting = [];
        yield part;
        stream.resume();
        continue;
      }
      if (failure !== undefined) throw failure.error;
      if (isEnded) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (waiting.length > 0 || isEnded || signal.aborted) resolve();
      });
    }
  } finally {
    signal.removeEventListener('abort', abort);
    stream.resume(); // What is left has to be read, or the end of the connection is never seen.
  }
}
