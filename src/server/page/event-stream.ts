/** Server-sent events: that something changed, and how far runs are. What changed the page reads by itself. */
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { liveRun } from '../read-models/summarise-mapping.ts';
import type { PageTools, ServiceEvent } from '../seams.ts';

/** Proxies cut what is silent for a minute. */
const HEARTBEAT_MS = 20_000;
/** More wait only if the reader does not read: then it gets what is newest when it does. */
const MOST_WAITING = 200;

type Message = { readonly event: string; readonly data: string };

export const eventStream = (context: Context, { view, events }: Pick<PageTools, 'view' | 'events'>): Response =>
  streamSSE(context, async (stream) => {
    const waiting = new Map<string, Message>();
    let wake: () => void = () => undefined;
    let isOver = false;
    const over = (): void => {
      isOver = true;
      wake();
    };
    const onEvent = (event: ServiceEvent): void => {
      const message = toMessage(event, view);
      // Of a mapping only the newest progress counts.
      if (waiting.size < MOST_WAITING)
        waiting.set(`${message.event} ${'mapping' in event ? event.mapping : ''}`, message);
      if (event.type === 'stopping') isOver = true;
      wake();
    };
    const unsubscribe = events.subscribe(onEvent);
    stream.onAbort(over);
    try {
      await stream.writeSSE({ event: 'hello', data: '{}' });
      while (!isOver || waiting.size > 0) {
        for (const [key, message] of waiting) {
          waiting.delete(key);
          await stream.writeSSE(message);
        }
        if (isOver) break;
        const woken = await new Promise<boolean>((resolve) => {
          const timer = setTimeout(() => resolve(false), HEARTBEAT_MS);
          wake = () => {
            clearTimeout(timer);
            resolve(true);
          };
          if (waiting.size > 0 || isOver) wake();
        });
        if (!woken) await stream.write(': still here\n\n');
      }
    } finally {
      unsubscribe();
    }
  });

const toMessage = (event: ServiceEvent, view: PageTools['view']): Message => {
  if (event.type !== 'progress') return { event: 'changed', data: JSON.stringify(event) };
  const run = liveRun(view.mapping(event.mapping)?.running);
  return { event: 'progress', data: JSON.stringify({ mapping: event.mapping, run: run ?? null }) };
};
