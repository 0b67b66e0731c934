import { setTimeout as wait } from 'node:timers/promises';

/** An answer, or after so many seconds an error called TimeoutError; the answer may still come, and nobody then looks at it. */
export async function orLate<T>(answer: Promise<T>, seconds: number): Promise<T> {
  const stop = new AbortController();
  const late = wait(seconds * 1000, undefined, { signal: stop.signal, ref: false }).then(() => {
    throw Object.assign(new Error('timeout exceeded'), { name: 'TimeoutError' });
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    stop.abort();
    late.catch(() => undefined);
  }
}
