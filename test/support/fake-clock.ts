/** A clock that only moves when told to, for whatever waits by `Clock`. */
import type { Clock } from '../../src/schedule/clock.ts';

export type FakeClock = Clock & {
  /** Lets time pass; what is due on the way is done, in order, and promises are settled after each. */
  readonly pass: (ms: number) => Promise<void>;
  /** The machine slept, or its clock was set: it is later, and nothing was done on the way. */
  readonly jump: (ms: number) => void;
};

/** Enough rounds for promises that wait for one another. */
export const settle = async (): Promise<void> => {
  for (let n = 0; n < 30; n += 1) await Promise.resolve();
};

export const fakeClock = (start = '2026-11-20T10:00:00Z'): FakeClock => {
  let now = Date.parse(start);
  let timers: { at: number; work: () => void }[] = [];
  return {
    now: () => now,
    after: (ms, work) => {
      const timer = { at: now + ms, work };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    jump: (ms) => {
      now += ms;
    },
    pass: async (ms) => {
      const end = now + ms;
      await settle();
      for (;;) {
        const [next] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        timers = timers.filter((each) => each !== next);
        now = Math.max(now, next.at);
        next.work();
        await settle();
      }
      now = end;
      await settle();
    },
  };
};
