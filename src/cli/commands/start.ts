/** `start`: scheduler and HTTP server until SIGTERM. Opens what is concrete, in order, and closes it in reverse. */
import type { Hono } from 'hono';
import { openGates, openSyncState, releaseStack, statePlace } from '../../app.ts';
import { formatDiagnostics } from '../../config/diagnostic.ts';
import { parseDuration } from '../../config/duration.ts';
import type { Project } from '../../config/load-project.ts';
import { EXIT, type ExitCode, FatalError } from '../../errors.ts';
import type { ParsedMapping } from '../../mapping/compile-mapping.ts';
import { parseInstant } from '../../mapping/instants.ts';
import { DEFAULT_API_VERSION } from '../../meta/parameters.ts';
import type { Log } from '../../observe/log.ts';
import type { REFUSALS } from '../../observe/metric-table.ts';
import { type Metrics, openMetrics } from '../../observe/metrics.ts';
import type { Traces } from '../../observe/open-traces.ts';
import { stateGauges } from '../../observe/state-gauges.ts';
import { traceRun } from '../../observe/trace-run.ts';
import { type RunWatch, watchRun } from '../../observe/watch-run.ts';
import { atMost, systemClock, waitFor } from '../../schedule/clock.ts';
import { type Instance, openInstance } from '../../schedule/open-instance.ts';
import type { Order } from '../../schedule/scheduler.ts';
import { isLoopback } from '../../server/guard.ts';
import { type Behind, httpApp } from '../../server/http-app.ts';
import { listen } from '../../server/listen.ts';
import { pageRoutes } from '../../server/page/page-routes.ts';
import { runRoutes } from '../../server/run-routes.ts';
import { processOwner } from '../../state/leases.ts';
import type { StateStore } from '../../state/state-store.ts';
import { toRunError } from '../../sync/run-error.ts';
import type { Command, CommandContext } from '../command.ts';
import { followFiles } from '../follow-files.ts';
import { problemCount } from '../load.ts';
import { type LogChoice, logTo } from '../log-output.ts';
import { openRunTraces } from '../open-run-traces.ts';
import { readFiles, type ServiceProject, serviceFiles } from '../read-files.ts';
import { tellAlerts } from '../tell-alerts.ts';
import { VERSION } from '../version.ts';

const STATE_AGAIN_MS = 2_000;
/** After the cut: for requests to end and writes to be refused. */
const AFTER_CUT_MS = 5_000;

const instantOf = ({ file }: ParsedMapping, cursor: string): number | undefined =>
  parseInstant(cursor, file.source.timezone ?? 'UTC');

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) =>
    signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
  );

/** What lives as long as the process. */
type Ground = { readonly log: Log; readonly metrics: Metrics; readonly context: CommandContext };

/** The state, as soon as its server answers; undefined: told to end before. @throws what no waiting mends */
const waitForState = async (project: Project, { log, context }: Ground): Promise<StateStore | undefined> => {
  for (let isFirst = true; !context.stop.aborted; isFirst = false) {
    try {
      return await openSyncState(project);
    } catch (error) {
      if (!(error instanceof FatalError) || error.code !== 'state-unreachable') throw error;
      if (isFirst) log('not-ready', { error: toRunError(error) });
      await waitFor(STATE_AGAIN_MS, context.stop);
    }
  }
  return undefined;
};

/** Reads of the page and of metrics must not wait for a run's writes: a file is opened a second time, a server has connections enough. */
const openReads = async (project: Project, state: StateStore, push: (close: () => Promise<void>) => void) => {
  if (typeof statePlace(project) !== 'string') return state;
  const reads = await openSyncState(project);
  push(reads.close);
  return reads;
};

/** The run in the trace of whoever asked for it first. */
const traced = (watch: RunWatch, traces: Traces | undefined, { name, trigger, tickets }: Order): RunWatch => {
  if (!traces) return watch;
  const parent = tickets.find((ticket) => ticket.parent)?.parent;
  const around: RunWatch['around'] = (parts) =>
    traceRun(watch.around(parts), traces, { mapping: name, trigger, parent });
  return { ...watch, around };
};

export const start: Command<[options: LogChoice]> = async (context, options) => {
  const { configFile, terminal } = context;
  const first = await readFiles(configFile);
  if (!first.project) {
    terminal.err(formatDiagnostics(first.diagnostics, first.sources, { color: terminal.colorErr }));
    throw new FatalError('config-invalid', problemCount(first.diagnostics), { exitCode: EXIT.config });
  }
  const log = logTo(terminal, options);
  const metrics = openMetrics(VERSION);
  // Until somebody looked.
  metrics.set('capi_state_up', {}, 0);
  const ground: Ground = { log, metrics, context };
  const release = releaseStack();
  let inForce: ServiceProject = first.project;
  let service: Instance | undefined;
  let behind: Behind | undefined;
  let readGauges = async (): Promise<void> => undefined;
  const config = () => inForce.project.config;

  const { listen: address } = config().server;
  const onRefused = (reason: (typeof REFUSALS)[number]): void => {
    metrics.add('capi_http_refused_total', { reason });
    log('http-refused', { reason });
  };
  const app = httpApp({
    version: VERSION,
    apiVersion: DEFAULT_API_VERSION,
    settings: () => ({
      listen: address,
      allowedHosts: config().server.allowed_hosts ?? [],
      token: config().server.token?.reveal(),
      hooks: Object.keys(config().server.hooks ?? {}),
    }),
    readiness: () => ({
      config: 'ok',
      state: service?.isStateUp() ? 'ok' : 'unreachable',
      service: context.stop.aborted ? 'stopping' : service ? 'ok' : 'starting',
    }),
    metrics: async () => {
      await readGauges();
      return { text: await metrics.text(), contentType: metrics.contentType };
    },
    behind: () => behind,
    onRefused,
    onFailed: (kind) => log('http-failed', { reason: kind }),
  });

  try {
    log('started', { version: VERSION, pid: process.pid, mappings: inForce.mappings.length });
    const traces = await openRunTraces(config().traces, {
      off: (reason) => log('traces-off', { reason }),
      lost: (spans) => log('traces-lost', { spans }),
    });
    if (traces) release.push(traces.close);
    const server = await listen(app, address);
    release.push(server.close);
    log('listening', { address: server.address });
    const url = `http://${server.address}/`;
    terminal.out(context.json ? JSON.stringify({ url }) : `status page: ${url}`);
    const state = await waitForState(inForce.project, ground);
    if (!state) return EXIT.ok;
    release.push(state.close);
    const reads = await openReads(inForce.project, state, release.push);
    const cut = new AbortController();
    const abort = AbortSignal.any([context.abort, cut.signal]);
    const setting = { state, owner: processOwner(), gates: openGates(), stop: context.stop, abort };
    const opened = await openInstance(serviceFiles(inForce, setting), {
      version: VERSION,
      clock: systemClock,
      random: Math.random,
      owner: setting.owner,
      state: reads,
      log,
      metrics,
      errorOf: toRunError,
      watch: (mapping, onStarted, order) =>
        traced(
          watchRun(mapping.name, {
            metrics,
            log,
            ticks: () => performance.now(),
            instantOf: (cursor) => instantOf(mapping, cursor),
            onStarted,
          }),
          traces,
          order,
        ),
    });
    service = opened;
    const page: Hono = pageRoutes({
      view: opened.view,
      state: reads,
      events: opened.events,
      now: Date.now,
      hasToken: () => config().server.token !== undefined,
      readsNeedToken: !isLoopback(address.slice(0, address.lastIndexOf(':'))),
    });
    const hooks = () => config().server.hooks ?? {};
    behind = {
      actions: opened.actions,
      page,
      runs: runRoutes({ actions: opened.actions, state: reads, hooks, onRefused, now: Date.now }),
    };
    readGauges = stateGauges({ metrics, view: opened.view, state: reads, now: Date.now, instantOf });
    release.push(tellAlerts(opened, reads, () => inForce, ground));
    const files = followFiles(configFile, ground, opened, {
      before: () => inForce,
      take: async (now) => {
        inForce = now;
        await opened.reload(serviceFiles(now, setting));
      },
    });
    release.push(async () => files.stop());
    await files.reading(async () => first.files);
    log('ready', {});
    return await untilStopped(opened, ground, cut, () => parseDuration(config().scheduler.grace) * 1000);
  } finally {
    await release.releaseAll();
    log('stopped', {});
  }
};

/** @returns how it ended: `interrupted` when what was under way had to be cut */
const untilStopped = async (
  service: Instance,
  { log, context }: Ground,
  cut: AbortController,
  graceMs: () => number,
): Promise<ExitCode> => {
  await aborted(context.stop);
  log('stopping', {});
  const ended = service.stop();
  const over = new AbortController();
  const grace = Promise.race([waitFor(graceMs(), over.signal), aborted(context.abort)]).then(() => 'over' as const);
  const first = await Promise.race([ended.then(() => 'ended' as const), grace]);
  over.abort();
  if (first === 'ended') return EXIT.ok;
  log('cutting', {});
  cut.abort();
  await atMost(AFTER_CUT_MS, ended);
  return EXIT.interrupted;
};
