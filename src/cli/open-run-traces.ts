/** Traces for a command that runs mappings, where the files or the environment ask for them. What hinders them hinders no run. */
import type { TraceSettings } from '../config/trace-settings.ts';
import { EXIT, FatalError } from '../errors.ts';
import { openTraces, type Traces } from '../observe/open-traces.ts';
import { VERSION } from './version.ts';

export type TraceTold = {
  /** Not at all: why, and what helps. */
  readonly off: (message: string, hint: string | undefined) => void;
  readonly lost: (spans: number) => void;
};

/**
 * @returns undefined: nothing is traced
 * @throws FatalError `traces-package-missing`, `traces-misconfigured` where config.yaml asks for traces; where only a variable does, it is told
 */
export const openRunTraces = async (
  settings: TraceSettings | undefined,
  told: TraceTold,
  open: typeof openTraces = openTraces,
): Promise<Traces | undefined> => {
  if (!settings) return undefined;
  try {
    if (settings.problem !== undefined)
      throw new FatalError('traces-misconfigured', settings.problem, {
        hint: 'set traces.endpoint to the OTLP/HTTP address of the collector, usually port 4318',
        exitCode: EXIT.config,
      });
    return await open(settings, { version: VERSION, onLost: told.lost });
  } catch (error) {
    if (settings.isRequired || !(error instanceof FatalError)) throw error;
    told.off(error.message, error.hint);
    return undefined;
  }
};
