/**
 * The service: scheduler, take-over, pauses and reload of one process, as the server sees them (seams.ts). Databases, files and runs are handed in, so
 * that the whole of it can be tested with a clock of its own.
 */
import { chooseMappings } from '../config/choose-mappings.ts';
import { parseDuration } from '../config/duration.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type {
  ActionResult,
  ConfigView,
  EventFeed,
  MappingView,
  ServiceActions,
  ServiceEvent,
  ServiceView,
} from '../server/seams.ts';
import type { RunCounts, StateStore } from '../state/state-store.ts';
import type { RunError } from '../sync/run-error.ts';
import type { RunResult } from '../sync/run-mapping.ts';
import type { Clock } from './clock.ts';
import { isMissed } from './missed.ts';
import { type NextRun, nextRun } from './next-run.ts';
import { type OrderTools, runOrder, type SyncCall } from './run-order.ts';
import { type Asked, type Job, openScheduler } from './scheduler.ts';
import { openTakeOver } from './take-over.ts';
import { openTicket } from './ticket.ts';

/** One state of the files. */
export type Loaded = {
  readonly mappings: readonly ParsedMapping[];
  readonly destinationOf: (mapping: ParsedMapping) => { readonly name: string; readonly datasetId: string };
  readonly concurrency: number;
  readonly sync: (mapping: ParsedMapping, call: SyncCall) => Promise<RunResult>;
};

export type InstanceState = Pick<StateStore, 'recentRuns' | 'readLease' | 'listPaused' | 'setPaused'>;

export type InstanceTools = {
  readonly version: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** Of the leases. */
  readonly owner: string;
  readonly state: InstanceState;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly watch: OrderTools['watch'];
  readonly errorOf: (error: unknown) => RunError;
};

export type Instance = {
  readonly view: ServiceView;
  readonly events: EventFeed;
  readonly actions: ServiceActions;
  /** Takes new files over, or says why not. */
  readonly reload: (loaded: Loaded) => Promise<void>;
  readonly refuse: (problem: Pick<NonNullable<ConfigView['problem']>, 'problems' | 'count'>) => void;
  /** Whether state answered when it was last asked. */
  readonly isStateUp: () => boolean;
  /** A run ended: whoever judges alerts listens. */
  readonly onEnded: (listener: (mapping: string) => void) => void;
  /** Nothing new begins; resolves when all that runs has ended. */
  readonly stop: () => Promise<void>;
};

/** What others paused, and whether state is there, is looked up this often. */
const LOOK_MS = 5_000;
const PROGRESS_MS = 250;

type Live = { counts: Readonly<RunCounts> | undefined; totalRows: number | undefined; told: number };

const scheduleOf = ({ file }: ParsedMapping): MappingView['schedule'] => {
  const { schedule } = file;
  if (schedule === undefined) return undefined;
  const { cron, timezone = 'UTC', jitter } = typeof schedule === 'string' ? { cron: schedule } : schedule;
  return { cron, timezone, jitterMs: jitter === undefined ? 0 : parseDuration(jitter) * 1000 };
};

/** Begins with a look at state: who is paused, which times were missed. @throws what state throws */
export const openInstance = async (first: Loaded, tools: InstanceTools): Promise<Instance> => {
  const { clock, state, log, metrics } = tools;
  const startedAt = clock.now();
  const listeners = new Set<(event: ServiceEvent) => void>();
  const endListeners: ((mapping: string) => void)[] = [];
  const live = new Map<string, Live>();
  const last = new Map<string, NonNullable<MappingView['last']>>();
  const nexts = new Map<string, NextRun>();
  let loaded = first;
  let config: ConfigView = { generation: 1, loadedAt: startedAt, problem: undefined };
  let isStopping = false;
  let isStateUp = true;
  let cancelLook: () => void = () => undefined;

  const tell = (event: ServiceEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const changed = (mapping: string): void => tell({ type: 'changed', mapping });
  const find = (name: string): ParsedMapping | undefined => loaded.mappings.find((mapping) => mapping.name === name);

  const takeOver = openTakeOver({
    clock,
    random: tools.random,
    readLease: (mapping) => state.readLease(mapping, tools.owner),
    onLapsed: (mapping) => {
      if (scheduler.view(mapping)?.pausedSince !== undefined) return;
      if (scheduler.ask(mapping, 'take-over') !== 'unknown-mapping') log('taking-over', { mapping });
    },
    onChange: changed,
  });

  const scheduler = openScheduler({
    clock,
    random: tools.random,
    concurrency: () => loaded.concurrency,
    onChange: changed,
    run: (order) =>
      runOrder(order, {
        ...tools,
        find,
        now: clock.now,
        lastRun: async (name) => (await state.recentRuns(1, name))[0],
        sync: (mapping, call) => loaded.sync(mapping, call),
        onStarted: (mapping) => {
          live.set(mapping, { counts: undefined, totalRows: undefined, told: 0 });
          tell({ type: 'run-started', mapping });
        },
        onProgress: ({ mapping, counts, totalRows }) => {
          const told = live.get(mapping)?.told ?? 0;
          const isDue = clock.now() - told >= PROGRESS_MS;
          live.set(mapping, { counts, totalRows, told: isDue ? clock.now() : told });
          if (isDue) tell({ type: 'progress', mapping });
        },
        onBusy: takeOver.watch,
        onEnded: (mapping, status, error) => {
          live.delete(mapping);
          last.set(mapping, { endedAt: clock.now(), status, error });
          tell({ type: 'run-ended', mapping });
          for (const listener of endListeners) listener(mapping);
        },
      }),
  });

  /** Mappings of which a time went by without a run, or whose last run was cut off, run now; one that somebody runs is watched. */
  const catchUp = async (names: readonly string[]): Promise<void> => {
    for (const name of names) {
      const next = nexts.get(name);
      if (!next || scheduler.view(name)?.pausedSince !== undefined) continue;
      const [run] = await state.recentRuns(1, name);
      const lease = run?.status === 'running' ? await state.readLease(name, tools.owner) : undefined;
      if (lease && lease.secondsLeft > 0) takeOver.watch(name);
      else if (isMissed(run, next, clock.now())) scheduler.ask(name, 'catch-up');
    }
  };

  const readPaused = async (): Promise<readonly string[]> => {
    const paused = await state.listPaused();
    return scheduler.setPaused(new Map(paused.map(({ mapping, since }) => [mapping, since * 1000])));
  };

  const look = async (): Promise<void> => {
    try {
      const resumed = await readPaused();
      isStateUp = true;
      await catchUp(resumed);
    } catch {
      // Shown by /readyz and capi_state_up; a run says what is the matter.
      isStateUp = false;
    }
    if (!isStopping) cancelLook = clock.after(LOOK_MS, () => void look());
  };

  const take = (now: Loaded): readonly string[] => {
    const before = new Set(loaded === now ? [] : loaded.mappings.map(({ name }) => name));
    loaded = now;
    nexts.clear();
    const jobs = now.mappings.map((mapping): Job => {
      const schedule = scheduleOf(mapping);
      const next = schedule && nextRun(schedule.cron, schedule.timezone);
      if (next) nexts.set(mapping.name, next);
      metrics.begin(mapping.name);
      return {
        name: mapping.name,
        schedule: JSON.stringify(schedule ?? null),
        next,
        jitterMs: schedule?.jitterMs ?? 0,
      };
    });
    scheduler.setJobs(jobs);
    return now.mappings.map(({ name }) => name).filter((name) => !before.has(name));
  };

  const viewOf = (mapping: ParsedMapping): MappingView => {
    const { name } = mapping;
    const job = scheduler.view(name);
    const now = live.get(name);
    return {
      name,
      definition: mapping,
      destination: loaded.destinationOf(mapping),
      schedule: scheduleOf(mapping),
      nextAt: job?.nextAt,
      pausedSince: job?.pausedSince,
      queued: job?.queued,
      running: job?.running && { ...job.running, counts: now?.counts, totalRows: now?.totalRows },
      elsewhereUntil: takeOver.until(name),
      last: last.get(name),
    };
  };

  const answer = (asked: Asked): ActionResult => {
    if (asked === 'unknown-mapping' || asked === 'stopping') return { ok: false, code: asked };
    return { ok: true, state: asked };
  };
  const setPaused = async (name: string, since: number | undefined): Promise<ActionResult> => {
    if (!find(name)) return { ok: false, code: 'unknown-mapping' };
    await state.setPaused(name, since);
    log(since === undefined ? 'resumed' : 'paused', { mapping: name });
    await catchUp(await readPaused());
    return { ok: true, state: 'done' };
  };

  await readPaused();
  const names = take(first);
  await catchUp(names);
  cancelLook = clock.after(LOOK_MS, () => void look());

  return {
    view: {
      version: tools.version,
      startedAt,
      stopping: () => isStopping,
      config: () => config,
      mappings: () => loaded.mappings.map(viewOf),
      mapping: (name) => {
        const mapping = find(name);
        return mapping && viewOf(mapping);
      },
    },
    events: {
      subscribe: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    actions: {
      runNow: (name) => {
        log('asked', { mapping: name, trigger: 'request' });
        return answer(scheduler.ask(name, 'request'));
      },
      retryLetters: (name, which) => {
        const asked = scheduler.ask(name, 'retry', which);
        // The run that is going on is another one.
        return asked === 'running' ? { ok: false, code: 'running' } : answer(asked);
      },
      requestRuns: (selection, parent) => {
        if (isStopping) return 'stopping';
        const { names, unmatched } = chooseMappings(
          loaded.mappings.map(({ file }) => file),
          selection,
        );
        const runs = names.map((name) => {
          const isPaused = scheduler.view(name)?.pausedSince !== undefined;
          const { ticket, requested } = openTicket(name, parent, isPaused ? 'paused' : 'queued');
          if (!isPaused) {
            log('asked', { mapping: name, trigger: 'request' });
            if (scheduler.request(name, ticket) !== 'taken') ticket.ended({ status: 'dropped', error: undefined });
          }
          return requested;
        });
        return { runs, unmatched };
      },
      pause: (name) => setPaused(name, Math.floor(clock.now() / 1000)),
      resume: (name) => setPaused(name, undefined),
    },
    reload: async (now) => {
      config = { generation: config.generation + 1, loadedAt: clock.now(), problem: undefined };
      const added = take(now);
      tell({ type: 'config' });
      await catchUp(added).catch(() => undefined);
    },
    refuse: ({ problems, count }) => {
      config = { ...config, problem: { at: clock.now(), problems, count } };
      tell({ type: 'config' });
    },
    isStateUp: () => isStateUp,
    onEnded: (listener) => void endListeners.push(listener),
    stop: async () => {
      isStopping = true;
      cancelLook();
      takeOver.stop();
      tell({ type: 'stopping' });
      await scheduler.stop();
    },
  };
};
