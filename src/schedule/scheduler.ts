/**
 * Which mapping runs when, in this process: by its schedule, because a time was missed, or because somebody asks. A mapping runs once at a time, and
 * only so many of them at once; who comes too many waits in line. Whether another process is at work is the lease's to say (`run` tells `busy`).
 * Knows no database and no mapping: names, times and a function to call.
 */
import type { LiveRun, Trigger } from '../server/seams.ts';
import type { LetterFilter } from '../state/state-store.ts';
import type { Clock } from './clock.ts';
import type { NextRun } from './next-run.ts';
import type { Ticket } from './ticket.ts';

export type Job = {
  readonly name: string;
  /** What the schedule says, as a text: a job whose text stays keeps its next time. */
  readonly schedule: string;
  /** Absent: it runs only when asked. */
  readonly next: NextRun | undefined;
  readonly jitterMs: number;
};

export type Order = {
  readonly name: string;
  readonly trigger: Trigger;
  /** The time that the schedule names, without jitter. */
  readonly tick: number | undefined;
  readonly deadLetters: LetterFilter | undefined;
  /** Of those who want to know what becomes of it. */
  readonly tickets: readonly Ticket[];
};

export type SchedulerTools = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly concurrency: () => number;
  /** Runs the mapping to its end. Must not reject. */
  readonly run: (order: Order) => Promise<void>;
  /** What is shown of a mapping is no longer so. */
  readonly onChange: (name: string) => void;
};

export type Asked = 'started' | 'queued' | 'running' | 'unknown-mapping' | 'stopping';

export type JobView = {
  readonly nextAt: number | undefined;
  readonly pausedSince: number | undefined;
  readonly queued: Trigger | undefined;
  readonly running: Pick<LiveRun, 'trigger' | 'startedAt'> | undefined;
};

export type Scheduler = {
  /** The jobs from now on. What runs comes to its end, also of a job that is gone. */
  readonly setJobs: (jobs: readonly Job[]) => void;
  readonly ask: (name: string, trigger: Trigger, deadLetters?: LetterFilter) => Asked;
  /** A run that begins after this call: where one is going on, another one follows it. The ticket always comes to its end. */
  readonly request: (name: string, ticket: Ticket) => Extract<Asked, 'unknown-mapping' | 'stopping'> | 'taken';
  /** Paused mappings and since when (epoch ms); all others are not. @returns those that go on */
  readonly setPaused: (paused: ReadonlyMap<string, number>) => readonly string[];
  readonly view: (name: string) => JobView | undefined;
  /** Nothing new begins. Resolves when all that runs has ended. */
  readonly stop: () => Promise<void>;
};

/** A machine that slept, or a clock that was set, is noticed after this at the latest. */
const LONGEST_SLEEP_MS = 30_000;

type Place = {
  job: Job;
  tick: number | undefined;
  nextAt: number | undefined;
  pausedSince: number | undefined;
};

export const openScheduler = (tools: SchedulerTools): Scheduler => {
  const { clock, random, onChange } = tools;
  const places = new Map<string, Place>();
  const running = new Map<string, Pick<LiveRun, 'trigger' | 'startedAt'>>();
  let line: Order[] = [];
  let paused: ReadonlyMap<string, number> = new Map();
  let cancel: () => void = () => undefined;
  let isStopping = false;
  let idle: () => void = () => undefined;

  const plan = (place: Place): void => {
    const { next, jitterMs } = place.job;
    place.tick = place.pausedSince === undefined ? next?.(clock.now()) : undefined;
    place.nextAt = place.tick === undefined ? undefined : place.tick + Math.floor(random() * jitterMs);
    onChange(place.job.name);
  };

  const sleep = (): void => {
    cancel();
    if (isStopping) return;
    const times = [...places.values()].flatMap(({ nextAt }) => (nextAt === undefined ? [] : [nextAt]));
    if (times.length === 0) return;
    cancel = clock.after(Math.min(LONGEST_SLEEP_MS, Math.max(0, Math.min(...times) - clock.now())), wake);
  };

  const wake = (): void => {
    for (const place of places.values()) {
      if (place.nextAt === undefined || place.nextAt > clock.now()) continue;
      const { tick } = place;
      plan(place);
      // One that still runs or waits leaves this time out.
      enter({ name: place.job.name, trigger: 'schedule', tick, deadLetters: undefined, tickets: [] });
    }
    sleep();
  };

  /** Whoever waits for it learns that it is over; who was told how it ended stays with that. */
  const drop = ({ tickets }: Order): void => {
    for (const { ended } of tickets) ended({ status: 'dropped', error: undefined });
  };

  /** What is left out of the line does not run. */
  const keepInLine = (isKept: (order: Order) => boolean): void => {
    const gone = line.filter((order) => !isKept(order));
    line = line.filter(isKept);
    gone.forEach(drop);
  };

  const start = (order: Order): void => {
    const { name, trigger, tickets } = order;
    for (const { started } of tickets) started();
    running.set(name, { trigger, startedAt: clock.now() });
    onChange(name);
    void tools
      .run(order)
      .catch(() => undefined)
      .finally(() => {
        drop(order);
        running.delete(name);
        onChange(name);
        if (running.size === 0) idle();
        advance();
      });
  };

  const advance = (): void => {
    while (!isStopping && running.size < tools.concurrency()) {
      const at = line.findIndex(({ name }) => !running.has(name));
      const [order] = at === -1 ? [] : line.splice(at, 1);
      if (!order) return;
      start(order);
    }
  };

  const enter = (order: Order): Asked => {
    const { name } = order;
    if (running.has(name)) return 'running';
    if (!line.some((each) => each.name === name)) line.push(order);
    // Who asks for certain rows must not get the run that was waiting anyway.
    else if (order.deadLetters) return 'running';
    advance();
    if (running.has(name)) return 'started';
    onChange(name);
    return 'queued';
  };

  return {
    setJobs: (jobs) => {
      const names = new Set(jobs.map(({ name }) => name));
      for (const name of places.keys()) if (!names.has(name)) places.delete(name);
      keepInLine(({ name }) => names.has(name));
      for (const job of jobs) {
        const known = places.get(job.name);
        if (known?.job.schedule === job.schedule) continue;
        const place: Place = { job, tick: undefined, nextAt: undefined, pausedSince: paused.get(job.name) };
        places.set(job.name, place);
        plan(place);
      }
      sleep();
      advance();
    },
    ask: (name, trigger, deadLetters) => {
      if (isStopping) return 'stopping';
      if (!places.has(name)) return 'unknown-mapping';
      return enter({ name, trigger, tick: undefined, deadLetters, tickets: [] });
    },
    request: (name, ticket) => {
      if (isStopping) return 'stopping';
      if (!places.has(name)) return 'unknown-mapping';
      // One that waits for its time anyway would be left out where another instance served that time, or at a pause: now a person waits for it.
      const at = line.findIndex((order) => order.name === name && !order.deadLetters);
      const tickets = [...(line[at]?.tickets ?? []), ticket];
      const order: Order = { name, trigger: 'request', tick: undefined, deadLetters: undefined, tickets };
      if (at === -1) line.push(order);
      else line[at] = order;
      advance();
      onChange(name);
      return 'taken';
    },
    setPaused: (now) => {
      paused = now;
      const resumed: string[] = [];
      for (const place of places.values()) {
        const since = now.get(place.job.name);
        if (since === place.pausedSince) continue;
        if (since === undefined) resumed.push(place.job.name);
        // What waits in line by its schedule waits no longer; what a person asked for does.
        else keepInLine(({ name, trigger }) => name !== place.job.name || trigger === 'request' || trigger === 'retry');
        place.pausedSince = since;
        plan(place);
      }
      sleep();
      return resumed;
    },
    view: (name) => {
      const place = places.get(name);
      return (
        place && {
          nextAt: place.nextAt,
          pausedSince: place.pausedSince,
          queued: line.find((order) => order.name === name)?.trigger,
          running: running.get(name),
        }
      );
    },
    stop: () => {
      isStopping = true;
      cancel();
      keepInLine(() => false);
      return running.size === 0 ? Promise.resolve() : new Promise((done) => (idle = done));
    },
  };
};
