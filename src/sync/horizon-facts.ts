/** What is kept of a horizon with the run, and shown of it. */
import type { Horizon } from '../../connectors/connector.ts';
import { parseDuration } from '../config/duration.ts';
import { cursorOf } from '../config/source-mode.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { HorizonFacts } from '../state/state-store.ts';

export { FUTURE_ROWS_COUNTED } from '../../connectors/connector.ts';

export const horizonFacts = (horizon: Horizon, { file }: ParsedMapping): HorizonFacts => ({
  ...horizon,
  maxStall: parseDuration(cursorOf(file).max_stall),
});
