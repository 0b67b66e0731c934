/** What somebody holds who asked for a run and wants to know what becomes of it. Several may hold tickets for the same run. */
import type { TraceParent } from '../observe/traceparent.ts';
import type { RequestedEnd, RequestedRun } from '../server/seams.ts';

/** The side of those who run it. Whatever is called twice counts once. */
export type Ticket = {
  readonly parent: TraceParent | undefined;
  readonly started: () => void;
  readonly begun: (runId: number) => void;
  readonly ended: (end: RequestedEnd) => void;
};

/** @param first how it stands at the beginning; `paused`: it will not run */
export const openTicket = (
  mapping: string,
  parent: TraceParent | undefined,
  first: 'queued' | 'paused' = 'queued',
): { readonly ticket: Ticket; readonly requested: RequestedRun } => {
  const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let state: ReturnType<RequestedRun['now']>['state'] = first;
  let runId: number | undefined;
  let end: RequestedEnd | undefined;
  if (first === 'paused') {
    begun.resolve();
    ended.resolve();
  }
  return {
    ticket: {
      parent,
      started: () => {
        if (state === 'queued') state = 'running';
      },
      begun: (id) => {
        runId ??= id;
        begun.resolve();
      },
      ended: (how) => {
        if (state === 'ended') return;
        [state, end] = ['ended', how];
        begun.resolve();
        ended.resolve();
      },
    },
    requested: { mapping, now: () => ({ state, runId, end }), begun: begun.promise, ended: ended.promise },
  };
};
