/** `run [mapping...]`: one pass, now; or a range of the past, or everything again. */
import { syncMappings } from '../../app.ts';
import { parseDuration } from '../../config/duration.ts';
import { readEnvironment } from '../../config/environment.ts';
import { EXIT, type ExitCode } from '../../errors.ts';
import { traceRun } from '../../observe/trace-run.ts';
import { readTraceParent } from '../../observe/traceparent.ts';
import type { StateThread } from '../../state/open-state-thread.ts';
import type { RunResult } from '../../sync/run-mapping.ts';
import { type BackfillOptions, backfillOf, backfillWarnings } from '../backfill-options.ts';
import { choose, type SelectOptions } from '../choose.ts';
import type { Command } from '../command.ts';
import { loadOrFail } from '../load.ts';
import { openRunTraces } from '../open-run-traces.ts';
import { progressDisplay } from '../progress.ts';
import { runJson, showRuns } from '../show-runs.ts';
import { withGrace } from '../stop-grace.ts';
import { wrap } from '../wrap.ts';
import { dryRun } from './preview.ts';

export type RunOptions = BackfillOptions & SelectOptions & { readonly limit?: number; readonly dryRun?: boolean };

export const run: Command<[names: readonly string[], options: RunOptions, stateThread?: StateThread]> = async (
  context,
  names,
  options,
  stateThread,
) => {
  const { terminal } = context;
  const backfill = backfillOf(options);
  const { project, mappings: all } = await loadOrFail(context.configFile, terminal);
  const mappings = choose(all, names, options, terminal);
  if (options.dryRun) return dryRun(context, project, mappings, { limit: options.limit, range: backfill });
  for (const warning of backfillWarnings(mappings, backfill, Date.now()))
    for (const line of wrap(warning, terminal.width)) terminal.err(line);
  const traces = await openRunTraces(project.config.traces, {
    off: (message, hint) => void terminal.err(`no traces: ${message}${hint === undefined ? '' : `\n  ${hint}`}`),
    lost: (spans) => void terminal.err(`traces: ${spans} spans did not arrive`),
  });
  const parent = readTraceParent(readEnvironment().TRACEPARENT);
  const progress = progressDisplay(terminal, Date.now);
  const grace = withGrace(context.stop, context.abort, parseDuration(project.config.scheduler.grace) * 1000);
  const results = await syncMappings(project, mappings, {
    limit: options.limit,
    backfill,
    stateThread,
    stop: context.stop,
    abort: grace.abort,
    onProgress: progress.show,
    around: traces && ((parts, mapping) => traceRun(parts, traces, { mapping, trigger: 'command', parent })),
  }).finally(grace.end);
  progress.end();
  await traces?.close();
  terminal.out(context.json ? JSON.stringify({ runs: results.map(runJson) }) : showRuns(results, terminal));
  return worstOf(results);
};

/** Token and permission first, because nothing else can be mended before; busy last, because it mends itself. */
const ORDER: readonly ExitCode[] = [
  EXIT.terminated,
  EXIT.interrupted,
  EXIT.permission,
  EXIT.usage,
  EXIT.config,
  EXIT.source,
  EXIT.incomplete,
  EXIT.busy,
];

export const worstOf = (results: readonly RunResult[]): ExitCode =>
  ORDER.find((code) => results.some((result) => result.exitCode === code)) ?? EXIT.ok;
