/** `rate_limit` of a destination: our own upper bound, beside what Meta throttles. Requests are spaced evenly; there are no bursts. */

export type RateLimit = {
  readonly requestsPerSecond?: number | undefined;
  readonly eventsPerSecond?: number | undefined;
};

/** How long to wait, in milliseconds, before a request with so many events; the request is taken as made after that. */
export type Pace = (events: number) => number;

/** @param now epoch milliseconds */
export const limitRate = ({ requestsPerSecond, eventsPerSecond }: RateLimit, now: () => number): Pace => {
  let freeAt = 0;
  return (events) => {
    const forRequest = requestsPerSecond === undefined ? 0 : 1000 / requestsPerSecond;
    const forEvents = eventsPerSecond === undefined ? 0 : (events * 1000) / eventsPerSecond;
    const start = Math.max(now(), freeAt);
    freeAt = start + Math.max(forRequest, forEvents);
    return start - now();
  };
};
