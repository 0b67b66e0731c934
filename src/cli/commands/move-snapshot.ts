/** `checkpoint reset | adopt` of a snapshot, which has no place in its source: what is remembered of its rows is forgotten, or taken anew. */
import type { Source } from '../../../connectors/connector.ts';
import type { Project } from '../../config/load-project.ts';
import { snapshotOf } from '../../config/source-mode.ts';
import { EXIT, FatalError } from '../../errors.ts';
import type { ParsedMapping } from '../../mapping/compile-mapping.ts';
import type { Checkpoint } from '../../state/state-store.ts';
import { planSnapshot, REMEMBER_ALL } from '../../sync/plan-snapshot.ts';

export type SnapshotChange = 'reset' | 'adopt';

export type PlannedChange = {
  readonly checkpoint: Checkpoint | undefined;
  /** What the next run does, after "the next run". */
  readonly next: string;
  readonly rows: number;
  readonly lines: readonly string[];
};

/** What the ledger knows of rows that are taken for new. The versions of their states begin anew too. */
const KNOWN = {
  every_update: 'With emit: every_update, all rows go out again that have changed since they were first sent.',
  others: 'The ledger keeps what was sent from going out twice, unless emit has changed.',
} as const;

/** @param change undefined: one that a snapshot does not know. @throws FatalError `snapshot-has-no-place` */
export const planSnapshotChange = async (
  project: Project,
  mapping: ParsedMapping,
  source: Source,
  change: SnapshotChange | undefined,
): Promise<PlannedChange> => {
  const { name } = mapping;
  if (change === undefined)
    throw new FatalError('snapshot-has-no-place', `"${name}" is a snapshot: its checkpoint is no place to go to`, {
      hint: `"capi-sync checkpoint reset ${name}" begins anew; "capi-sync checkpoint adopt ${name}" takes all rows as they are`,
      exitCode: EXIT.usage,
    });
  const secret = project.config.stateSecret?.reveal() ?? '';
  const plan = await planSnapshot(mapping, source, { secret, checkpoint: undefined, now: Date.now() });
  const rows = plan.rows.toLocaleString('en-US');
  if (change === 'adopt') {
    const next = `remembers all ${rows} rows as they are, and sends none of them`;
    const lines = [`${name}: the next run ${next}. Changes since the last run stay unsent.`];
    const checkpoint = { cursor: REMEMBER_ALL, key: [], fingerprint: plan.fingerprint };
    return { checkpoint, next, rows: plan.rows, lines };
  }
  const isSent = snapshotOf(mapping.file).start === 'all';
  const next = isSent ? `takes all ${rows} rows for new` : `remembers all ${rows} rows, and sends none of them`;
  const known = isSent ? ` ${KNOWN[mapping.emit.kind === 'every_update' ? 'every_update' : 'others']}` : '';
  const lines = [`${name}: what is remembered of its rows is forgotten; the next run ${next}.${known}`];
  return { checkpoint: undefined, next, rows: plan.rows, lines };
};
