export type Clock = {
  /** Milliseconds. */
  readonly now: () => number;
  /** Ends early, without an error, when the signal is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

/** Waits until one more request stays within `most` of any `windowMs`; who asks first goes first. */
export type Pace = (signal?: AbortSignal) => Promise<void>;

/** HubSpot's limits are of rolling windows, so this one rolls too: the times of the last `most` requests are kept. */
export function openPace(most: number, windowMs: number, { now, sleep }: Clock): Pace {
  const sent: number[] = [];
  let last = Promise.resolve();
  return (signal) => {
    const turn = last.then(async () => {
      while (sent.length >= most && signal?.aborted !== true) {
        const free = (sent[0] ?? 0) + windowMs;
        if (free <= now()) sent.shift();
        else await sleep(free - now(), signal);
      }
      sent.push(now());
    });
    last = turn;
    return turn;
  };
}

/** Fewer than one in a second is one in a longer window. */
export function searchPace(perSecond: number, clock: Clock): Pace {
  return perSecond >= 1
    ? openPace(Math.floor(perSecond), 1000 * (Math.floor(perSecond) / perSecond), clock)
    : openPace(1, 1000 / perSecond, clock);
}
