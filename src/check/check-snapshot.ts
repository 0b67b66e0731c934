/** What the next run of a snapshot has before it. */
import type { Source } from '../../connectors/connector.ts';
import { snapshotOf } from '../config/source-mode.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { Checkpoint } from '../state/state-store.ts';
import { planSnapshot } from '../sync/plan-snapshot.ts';
import type { CheckCode } from './check-codes.ts';
import type { Finding } from './finding.ts';

/** From this share of `max_rows` on it is time to think of a cursor. */
const NEARLY_FULL = 0.8;

/** @throws SourceError · FatalError `checkpoint-mismatch`, `snapshot-too-large` */
export const snapshotFindings = async (
  mapping: ParsedMapping,
  source: Source,
  options: { readonly secret: string; readonly checkpoint: Checkpoint | undefined; readonly now: number },
): Promise<Finding[]> => {
  const { rows, pass } = await planSnapshot(mapping, source, options);
  return [size(mapping, rows), nextRun(rows, pass, options.checkpoint)];
};

const numbered = (n: number): string => `${n.toLocaleString('en-US')} ${n === 1 ? 'row' : 'rows'}`;

const size = ({ file }: ParsedMapping, rows: number): Finding => {
  const code: CheckCode = 'snapshot-size';
  const { max_rows: most } = snapshotOf(file);
  const text = `${numbered(rows)} of at most ${most.toLocaleString('en-US')}: each run reads all of them`;
  if (rows < most * NEARLY_FULL) return { code, level: 'ok', text };
  return {
    code,
    level: 'warning',
    text,
    cure: 'with more, runs stop: read by a cursor, or raise source.snapshot.max_rows',
  };
};

const nextRun = (rows: number, pass: 'send' | 'remember', checkpoint: Checkpoint | undefined): Finding => {
  const code: CheckCode = 'next-run';
  if (pass === 'remember')
    return { code, level: 'ok', text: `remembers ${numbered(rows)} as they are, and sends none of them` };
  if (checkpoint === undefined)
    return { code, level: 'ok', text: `${numbered(rows)}, all of them new, as a first run` };
  return { code, level: 'ok', text: `compares ${numbered(rows)} with what is remembered of them` };
};
