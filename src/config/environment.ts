/** The only file that touches `process.env`. Everybody else takes an `Environment` as an argument. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process. */
export function readEnvironment(): Environment {
  return process.env;
}

/** Whether to colour what goes to a stream: a terminal, and the reader did not ask for none (https://no-color.org). */
export function wantsColor(environment: Environment, stream: { readonly isTTY?: boolean | undefined }): boolean {
  const refused = environment.NO_COLOR !== undefined && environment.NO_COLOR !== '';
  return stream.isTTY === true && !refused && environment.TERM !== 'dumb';
}
