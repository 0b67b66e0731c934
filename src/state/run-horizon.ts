/** What is kept with a run of where its reading ended. */
import type { Horizon } from '../../connectors/connector.ts';

/** What a run knew of the end of its reading. No value of a row. */
export type HorizonFacts = Pick<Horizon, 'before' | 'now' | 'guard' | 'openFor' | 'isStalled' | 'future'> & {
  /** `source.cursor.max_stall`, seconds. */
  readonly maxStall: number;
  /** Seconds that a replica was behind what it follows. */
  readonly behind?: number | undefined;
};
