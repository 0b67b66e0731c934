/**
 * Tells a bad row from a bad mapping. When nearly everything is refused, halving would burn thousands of requests and bury the
 * table in dead letters: the run stops as a configuration error instead, and refusals that nothing had calmed by then are not recorded.
 */
import { EXIT, FatalError } from '../errors.ts';

const IN_A_ROW = 20;
const FIRST_EVENTS = 1_000;
const SHARE_OF_FIRST = 0.2;
const SPLIT_REQUESTS = 200;

export type SystemicBreaker = {
  /** One event was refused on its own. @throws FatalError `systemic-rejection` */
  readonly refused: (subcode: number | undefined) => void;
  readonly accepted: (events: number) => void;
  /** One more request spent on halving a refused batch. @throws FatalError `systemic-rejection` */
  readonly splitRequest: () => void;
  /** Whether refusals so far may be recorded: nothing points to the mapping. Until then they wait, so that a trip leaves none behind. */
  readonly isCalm: () => boolean;
};

export const systemicBreaker = (mapping: string): SystemicBreaker => {
  let inARow = 0;
  let refusals = 0;
  let acceptances = 0;
  let splitRequests = 0;
  const trip = (subcode: number | undefined): never => {
    const error = new FatalError(
      'systemic-rejection',
      `Meta refuses most events of "${mapping}"${subcode ? ` (subcode ${subcode})` : ''}; the run stopped and rejected none of them`,
      {
        hint: `the mapping, not the rows, is wrong: look at "capi-sync preview ${mapping}"`,
        exitCode: EXIT.config,
      },
    );
    // Meta refused the request as a whole: nothing of it is in doubt.
    throw Object.assign(error, { maybeProcessed: false });
  };
  return {
    refused: (subcode) => {
      inARow += 1;
      refusals += 1;
      const seen = refusals + acceptances;
      if (inARow >= IN_A_ROW || (seen <= FIRST_EVENTS && refusals > FIRST_EVENTS * SHARE_OF_FIRST)) trip(subcode);
    },
    accepted: (events) => {
      inARow = 0;
      acceptances += events;
    },
    splitRequest: () => {
      splitRequests += 1;
      if (splitRequests > SPLIT_REQUESTS && refusals > acceptances * SHARE_OF_FIRST) trip(undefined);
    },
    isCalm: () => inARow === 0 && refusals + acceptances >= FIRST_EVENTS && refusals <= acceptances * SHARE_OF_FIRST,
  };
};

/** For rows that were refused before: that they are refused again says nothing new of the mapping. */
export const NO_BREAKER: SystemicBreaker = {
  refused: () => undefined,
  accepted: () => undefined,
  splitRequest: () => undefined,
  isCalm: () => true,
};
