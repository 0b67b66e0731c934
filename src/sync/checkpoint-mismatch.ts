/** What a checkpoint stands for is another thing now: the run stops before anything is read, and says what each way out would read. */
import type { Horizon, Source, Stream } from '../../connectors/connector.ts';
import { cursorOf } from '../config/source-mode.ts';
import { EXIT, FatalError } from '../errors.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { startText } from './cursor-texts.ts';

export const checkpointMismatch = async (
  { name, file }: ParsedMapping,
  source: Source,
  stream: Stream,
  horizon: Horizon,
): Promise<FatalError> => {
  const { start } = cursorOf(file);
  const from = await startText(source, stream, start, horizon.now);
  const before = horizon.before === undefined ? {} : { before: horizon.before };
  const rows =
    horizon.before === undefined
      ? 0
      : await source.countRows(stream, { ...(from === undefined ? {} : { from }), ...before }).catch(() => undefined);
  const count = rows === undefined ? 'all rows' : rows === 1 ? 'one row' : `${rows.toLocaleString('en-US')} rows`;
  const place = from === undefined ? '' : `, ${from},`;
  return new FatalError(
    'checkpoint-mismatch',
    `the source, key, cursor or filter of "${name}" changed: its checkpoint no longer fits`,
    {
      hint: [
        `"capi-sync checkpoint adopt ${name}" goes on from where it stands: older rows that are new to the mapping stay unread.`,
        `"capi-sync checkpoint reset ${name}" reads again ${count}, from cursor.start (${start})${place} on;`,
        `"capi-sync run ${name} --full" everything from the first row on. The ledger keeps what was sent from going out twice`,
      ].join(' '),
      exitCode: EXIT.config,
    },
  );
};
