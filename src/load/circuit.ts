/**
 * Keeps an outage of the far side cheap. After some failures in a row nothing is sent but one probe now and then; its answer lets
 * everything through again. Shared by all batches to one destination. Throttling and refusals are answers, not failures.
 */

/** How a request may go out; undefined: it may not, because the outage outlasted our patience. */
export type Pass = 'open' | 'probe' | undefined;

export type Circuit = {
  /**
   * Waits while the far side is down and it is not our turn to probe. Every pass needs one `answered` or `failed`.
   * @param isRepeat who was here before gets no further look at an outage that is older than our patience
   */
  readonly enter: (stop: AbortSignal, isRepeat: boolean) => Promise<Pass>;
  readonly answered: (pass: Pass) => void;
  readonly failed: (pass: Pass) => void;
};

export type CircuitTools = {
  /** How long an outage is waited for, milliseconds. */
  readonly patienceMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** Failures in a row, over all batches, after which the far side counts as down. */
const FAILURES = 5;
/** Time to the first probe; each failed one doubles it up to the ceiling. */
const FIRST_MS = 5_000;
const CEILING_MS = 60_000;

export const openCircuit = ({ patienceMs, now, random, sleep }: CircuitTools): Circuit => {
  let failures = 0;
  let downSince: number | undefined;
  let probeAt = 0;
  let failedProbes = 0;
  let probing: Promise<void> | undefined;
  let probeEnded: () => void = () => undefined;

  const wait = (): void => {
    // Some jitter, so that many processes do not probe as one.
    probeAt = now() + Math.min(CEILING_MS, FIRST_MS * 2 ** failedProbes) * (0.75 + random() / 4);
  };
  const endProbe = (pass: Pass): void => {
    if (pass !== 'probe') return;
    probing = undefined;
    probeEnded();
  };

  return {
    enter: async (stop, isRepeat) => {
      // Who comes when the outage is old already still gets one look at it: it may have ended.
      let hasLooked = isRepeat;
      for (;;) {
        if (downSince === undefined) return 'open';
        if (hasLooked && probeAt - downSince >= patienceMs) return undefined;
        hasLooked = true;
        const seen = failedProbes;
        if (probing) await probing;
        else {
          await sleep(Math.max(0, probeAt - now()), stop);
          if (stop.aborted) return undefined;
        }
        if (downSince === undefined) return 'open';
        if (failedProbes !== seen || probing) continue;
        probing = new Promise((done) => (probeEnded = done));
        return 'probe';
      }
    },
    answered: (pass) => {
      failures = 0;
      failedProbes = 0;
      downSince = undefined;
      endProbe(pass);
    },
    failed: (pass) => {
      failures += 1;
      if (pass === 'probe') {
        failedProbes += 1;
        wait();
      } else if (downSince === undefined && failures >= FAILURES) {
        downSince = now();
        wait();
      }
      endProbe(pass);
    },
  };
};
