/** `run [mapping...]`: one pass, now. */
import { syncMappings } from '../../app.ts';
import { EXIT, type ExitCode } from '../../errors.ts';
import type { RunResult } from '../../sync/run-mapping.ts';
import type { Command } from '../command.ts';
import { loadOrFail } from '../load.ts';
import { progressDisplay } from '../progress.ts';
import { runJson, showRuns } from '../show-runs.ts';
import { dryRun } from './preview.ts';

export type RunOptions = { readonly limit?: number; readonly dryRun?: boolean };

export const run: Command<[names: readonly string[], options: RunOptions]> = async (context, names, options) => {
  const { terminal } = context;
  const { project, mappings } = await loadOrFail(context.configFile, terminal, names);
  if (options.dryRun) return dryRun(context, project, mappings, options.limit);
  const progress = progressDisplay(terminal, Date.now);
  const results = await syncMappings(project, mappings, {
    limit: options.limit,
    stop: context.stop,
    abort: context.abort,
    onProgress: progress.show,
  });
  progress.end();
  terminal.out(context.json ? JSON.stringify({ runs: results.map(runJson) }) : showRuns(results, terminal));
  return worstOf(results);
};

/** Token and permission first, because nothing else can be mended before; busy last, because it mends itself. */
const ORDER: readonly ExitCode[] = [
  EXIT.terminated,
  EXIT.interrupted,
  EXIT.permission,
  EXIT.config,
  EXIT.source,
  EXIT.incomplete,
  EXIT.busy,
];

export const worstOf = (results: readonly RunResult[]): ExitCode =>
  ORDER.find((code) => results.some((result) => result.exitCode === code)) ?? EXIT.ok;
