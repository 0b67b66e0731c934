import type { SandboxStats } from './sandbox-types.ts';

export type RequestCounts = {
  readonly arrived: () => void;
  readonly tokenSeenInUrl: () => void;
  /** What became of an event request, and the Graph error it was answered, if any. */
  readonly decided: (outcome: string, error: string | undefined) => void;
  readonly stats: () => Pick<SandboxStats, 'requests' | 'requestsByOutcome' | 'refusedRequests' | 'tokenInUrl'>;
  readonly reset: () => void;
};

export const createRequestCounts = (): RequestCounts => {
  let requests = 0;
  let tokenInUrl = 0;
  const outcomes = new Map<string, number>();
  const errors = new Map<string, number>();
  return {
    arrived: () => {
      requests++;
    },
    tokenSeenInUrl: () => {
      tokenInUrl++;
    },
    decided: (outcome, error) => {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (error !== undefined) errors.set(error, (errors.get(error) ?? 0) + 1);
    },
    stats: () => ({
      requests,
      requestsByOutcome: Object.fromEntries(outcomes),
      refusedRequests: Object.fromEntries(errors),
      tokenInUrl,
    }),
    reset: () => {
      requests = 0;
      tokenInUrl = 0;
      outcomes.clear();
      errors.clear();
    },
  };
};
