/** Where a run's reading ended and what it waits for: as data, and in a line where a person should know. */
import { durationText } from '../observe/duration-text.ts';
import type { HorizonFacts } from '../state/state-store.ts';
import { FUTURE_ROWS_COUNTED } from '../sync/horizon-facts.ts';
import { count } from './terminal.ts';

export const horizonJson = ({ before, guard, openFor, isStalled, maxStall, future, behind }: HorizonFacts): object => ({
  before: before ?? null,
  guard: guard ?? null,
  open_for_seconds: openFor ?? null,
  stalled: isStalled ?? false,
  max_stall_seconds: maxStall,
  future_rows: future ?? null,
  behind_seconds: behind ?? null,
});

/** What is younger ends by itself before anyone could look. */
const WORTH_SAYING = 60;

export const horizonLines = (mapping: string, horizon: HorizonFacts): string[] => {
  const { openFor = 0, isStalled, maxStall, future = 0, behind = 0 } = horizon;
  const lines: string[] = [];
  if (isStalled)
    lines.push(
      `${mapping}: a transaction has been open for ${durationText(openFor)}, longer than cursor.max_stall (${durationText(maxStall)}): the reading went on, and what it commits is found within cursor.lookback only`,
    );
  else if (openFor >= WORTH_SAYING)
    lines.push(
      `${mapping}: the reading stays behind a transaction that has been open for ${durationText(openFor)}, up to cursor.max_stall (${durationText(maxStall)})`,
    );
  if (behind >= WORTH_SAYING)
    lines.push(`${mapping}: the source is a replica, ${durationText(behind)} behind, and the reading with it`);
  if (future > 0)
    lines.push(
      `${mapping}: ${future >= FUTURE_ROWS_COUNTED ? `${count(future)} or more rows lie` : future === 1 ? 'one row lies' : `${count(future)} rows lie`} in the future by the cursor, to be read when that time has come`,
    );
  return lines;
};
