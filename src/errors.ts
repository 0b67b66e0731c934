/**
 * Errors by who acts. A bad row is never one of these: it is a `Rejection` value.
 * No message, hint or code holds a value of a row or a secret; `cause` is for a debugger and is never printed or logged.
 */

/** Exit codes of the program (docs/cli.md). */
export const EXIT = {
  ok: 0,
  incomplete: 1,
  usage: 2,
  config: 3,
  source: 4,
  permission: 5,
  busy: 75,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

type Details = { readonly hint?: string | undefined; readonly cause?: unknown; readonly exitCode?: ExitCode };

/** The operator or the author must act before another try can help: token, permission, state, a changed table. */
export class FatalError extends Error {
  override readonly name = 'FatalError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
  constructor(code: string, message: string, { hint, cause, exitCode = EXIT.incomplete }: Details = {}) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/** Another try, by us or at the next schedule, may succeed: network, throttling, a source that went away. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
  constructor(code: string, message: string, { hint, cause, exitCode = EXIT.incomplete }: Details = {}) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/** Another process took the stream over: every write of ours is refused by the store from now on. */
export const fenced = (mapping: string): FatalError =>
  new FatalError('lease-lost', `another instance took over "${mapping}"; this one stopped`, {
    hint: 'nothing is lost: the new owner continues from the checkpoint',
    exitCode: EXIT.busy,
  });
