/** How a run ends that was none: the mapping is taken, or state failed. */
import { EXIT } from '../errors.ts';
import { toRunError } from './run-error.ts';
import type { RunResult } from './run-tools.ts';

type End = Pick<RunResult, 'status' | 'checkpoint' | 'error' | 'exitCode'>;

export const busy = (mapping: string): End => ({
  status: 'skipped_busy',
  checkpoint: undefined,
  error: {
    code: 'busy',
    message: `another instance runs "${mapping}"`,
    hint: 'it keeps the lease while it works; try again later',
  },
  exitCode: EXIT.busy,
});

export const failed = (failure: unknown): End => {
  const error = toRunError(failure);
  return { status: 'failed', checkpoint: undefined, error, exitCode: error.exitCode };
};
