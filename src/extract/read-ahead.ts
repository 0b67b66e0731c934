/** Asks for the next item while the current one is worked on. Nothing is left running when the consumer stops early. */
export async function* readAhead<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<T>> => {
    const next = iterator.next();
    next.catch(() => undefined); // seen when it is awaited; a consumer that stopped early must not make it unhandled
    return next;
  };
  let next = ask();
  try {
    while (!signal.aborted) {
      const item = await next;
      if (item.done) return;
      next = ask();
      yield item.value;
    }
  } finally {
    await next.catch(() => undefined);
    await iterator.return?.();
  }
}
