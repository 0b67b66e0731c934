/** Any failure of a run, in our words: code, sentence, cure and exit code. */
import { SourceError } from '../../connectors/connector.ts';
import { EXIT, type ExitCode, FatalError, RetryableError } from '../errors.ts';

export type RunError = { readonly code: string; readonly message: string; readonly hint: string | undefined };

/** `on_unknown: hold`: the checkpoint waits before these rows until a person says what became of them. */
export const held = (events: number, mapping: string): FatalError =>
  new FatalError(
    'in-doubt-held',
    `${events} events of "${mapping}" are held: an earlier run sent them and did not learn whether they arrived`,
    {
      hint: `look into Events Manager, then "capi-sync in-doubt resend ${mapping}" or "capi-sync in-doubt confirm ${mapping}"`,
      exitCode: EXIT.incomplete,
    },
  );

export const interruption = (stop: AbortSignal): (RunError & { exitCode: ExitCode }) | undefined =>
  stop.aborted
    ? {
        code: 'interrupted',
        message: 'stopped on request; what was under way is settled',
        hint: 'the next run continues from the checkpoint',
        exitCode: EXIT.interrupted,
      }
    : undefined;

const SOURCE_EXIT: Readonly<Record<string, ExitCode>> = {
  'source-unreachable': EXIT.source,
  'source-interrupted': EXIT.source,
  'source-login-failed': EXIT.source,
  'source-tls': EXIT.source,
  'source-limit': EXIT.source,
  'source-permission': EXIT.permission,
};

/** Any failure in our words. An error that is not ours is a bug: its text could hold anything, so only its kind is shown. */
export const toRunError = (error: unknown): RunError & { exitCode: ExitCode } => {
  if (error instanceof FatalError || error instanceof RetryableError) {
    return { code: error.code, message: error.message, hint: error.hint, exitCode: error.exitCode };
  }
  if (error instanceof SourceError) {
    return {
      code: error.code,
      message: error.message,
      hint: error.hint,
      exitCode: SOURCE_EXIT[error.code] ?? EXIT.config,
    };
  }
  const kind = error instanceof Error ? error.name : typeof error;
  return {
    code: 'internal',
    message: `an unexpected ${kind} stopped the run`,
    hint: 'this is a bug in capi-sync: report it with the command and the version',
    exitCode: EXIT.incomplete,
  };
};
