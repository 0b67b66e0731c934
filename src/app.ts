/**
 * The composition root: opens what is concrete, in order, and closes it in reverse. Everything below takes what it needs as arguments.
 */
import { isAbsolute, join } from 'node:path';
import type { Source } from '../connectors/connector.ts';
import { connectors, loadConnector } from '../connectors/index.ts';
import type { Destination } from './config/config-schema.ts';
import { parseDuration } from './config/duration.ts';
import type { Project } from './config/load-project.ts';
import { EXIT, FatalError } from './errors.ts';
import { type Gate, openGate } from './load/gate.ts';
import { openPostEvents, type PostEvents } from './load/post-events.ts';
import { type DatasetReply, readDataset } from './load/read-dataset.ts';
import { DEFAULT_RETRY, sleep } from './load/retry.ts';
import type { ParsedMapping } from './mapping/compile-mapping.ts';
import { processOwner } from './state/leases.ts';
import { openState, type StatePlace } from './state/open-state.ts';
import { type StateThread, startStateThread } from './state/open-state-thread.ts';
import type { LetterFilter, StateStore } from './state/state-store.ts';
import { mapThreads, openMapThread, type ThreadMapper } from './sync/open-map-threads.ts';
import type { StreamPlan } from './sync/plan-stream.ts';
import { MAX_SKEW } from './sync/refuse-skew.ts';
import { type Progress, type RunResult, type RunTools, runMapping } from './sync/run-mapping.ts';

/** Where Meta is. https://developers.facebook.com/docs/marketing-api/conversions-api/using-the-api (2026-09-12) */
const GRAPH = 'https://graph.facebook.com';

/** Closers, run last in first out; a failed one does not keep the others from running. */
export type ReleaseStack = {
  readonly push: (close: () => Promise<void>) => void;
  readonly releaseAll: () => Promise<void>;
};

export const releaseStack = (): ReleaseStack => {
  const closers: (() => Promise<void>)[] = [];
  return {
    push: (close) => void closers.push(close),
    releaseAll: async () => {
      for (const close of closers.splice(0).reverse()) await close().catch(() => undefined);
    },
  };
};

/** The options schema of every connector, by name: what `loadProject` checks connections against. */
export const connectorOptions = async (): Promise<ReadonlyMap<string, import('typebox').TSchema>> =>
  new Map(
    await Promise.all(Object.entries(connectors).map(async ([name, load]) => [name, (await load()).options] as const)),
  );

export const statePlace = ({ config: { state }, baseDir }: Project): StatePlace => {
  if (state.client !== 'sqlite') return { ...state, baseDir };
  return isAbsolute(state.filename) ? state.filename : join(baseDir, state.filename);
};

export const openProjectState = (project: Project, options?: { mustExist?: boolean }): Promise<StateStore> =>
  openState(statePlace(project), options);

/** For a sync: a file has a thread of its own, because its flushes block whoever asks for them; a server is waited for anyway. */
export const openSyncState = (project: Project, started?: StateThread): Promise<StateStore> => {
  const place = statePlace(project);
  if (typeof place === 'string') return (started ?? startStateThread()).open(place);
  started?.discard();
  return openState(place);
};

/** The mapping's source, open. The first query connects. `overrides`: options of the connection that one command wants otherwise. */
export const openSource = async (
  project: Project,
  mapping: ParsedMapping,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<Source> => {
  const { connector: name, ...options } = project.config.connections[mapping.file.source.connection] as {
    connector: string;
  };
  const connector = await loadConnector(name);
  if (!connector)
    throw new FatalError('unknown-connector', `there is no connector "${name}"`, { exitCode: EXIT.config });
  return connector.open({ ...options, ...overrides }, { baseDir: project.baseDir });
};

/** The mapping's destination; the only one where it names none. */
export const destinationOf = (project: Project, mapping: ParsedMapping): Destination => {
  const name = mapping.file.destination ?? Object.keys(project.config.destinations)[0] ?? '';
  return project.config.destinations[name] as Destination;
};

export const openDestination = (destination: Destination): PostEvents =>
  openPostEvents({
    baseUrl: destination.base_url ?? GRAPH,
    apiVersion: destination.api_version,
    datasetId: destination.dataset_id,
    accessToken: destination.access_token.reveal(),
    testEventCode: destination.test_event_code,
    partnerAgent: destination.partner_agent,
    timeoutMs: parseDuration(destination.timeout) * 1000,
    connections: destination.concurrency,
  });

/** Asks whether dataset and token are known, without sending anything. */
export const readDestination = (destination: Destination, signal: AbortSignal): Promise<DatasetReply> =>
  readDataset(
    {
      baseUrl: destination.base_url ?? GRAPH,
      apiVersion: destination.api_version,
      datasetId: destination.dataset_id,
      accessToken: destination.access_token.reveal(),
      timeoutMs: parseDuration(destination.timeout) * 1000,
    },
    signal,
  );

/** One gate per destination, for all mappings that share this. */
export type Gates = (destination: Destination) => Gate;

export const openGates = (): Gates => {
  const open = new Map<string, Gate>();
  return ({ base_url, dataset_id, concurrency, rate_limit: limit }) => {
    // By what it says and not by its name: a reloaded configuration keeps what was learned of the far side.
    const key = JSON.stringify([base_url, dataset_id, concurrency, limit]);
    const gate =
      open.get(key) ??
      openGate({
        concurrency,
        rateLimit: limit && {
          requestsPerSecond: limit.requests_per_second,
          eventsPerSecond: limit.events_per_second,
        },
        patienceMs: DEFAULT_RETRY.elapsedMs,
        now: Date.now,
        random: Math.random,
        sleep,
      });
    open.set(key, gate);
    return gate;
  };
};

export type SyncOptions = {
  readonly limit?: number | undefined;
  /** Nothing but the rows of these dead letters. */
  readonly deadLetters?: LetterFilter | undefined;
  /** Not what is new: a range of the cursor, or everything again. */
  readonly backfill?: RunTools['backfill'];
  /** Of the process, where it runs mappings more than once. */
  readonly gates?: Gates | undefined;
  /** The state's, started ahead of all else; where the state has no file, it ends. */
  readonly stateThread?: StateThread | undefined;
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** Looks over the shoulder of the run: what it gets is used instead. */
  readonly around?: ((parts: RunParts, mapping: string) => RunParts) | undefined;
};

/** What a run works with. */
export type RunParts = Pick<RunTools, 'source' | 'state' | 'post' | 'watchPage'>;

/** Runs mappings one after another; one that fails does not keep the next from running. */
export const syncMappings = async (
  project: Project,
  mappings: readonly ParsedMapping[],
  options: SyncOptions,
): Promise<RunResult[]> => {
  const release = releaseStack();
  const owner = processOwner();
  const results: RunResult[] = [];
  const { gates = openGates() } = options;
  try {
    const state = await openSyncState(project, options.stateThread);
    release.push(state.close);
    for (const mapping of mappings) {
      if (options.stop.aborted) break;
      results.push(await syncMapping(project, mapping, state, owner, { ...options, gates }));
    }
    return results;
  } finally {
    await release.releaseAll();
  }
};

const openMapThreads = (
  project: Project,
  { file }: ParsedMapping,
  { read, columns }: StreamPlan,
  datasetId: string,
): ThreadMapper[] => {
  const { connector, ...options } = project.config.connections[file.source.connection] as { connector: string };
  const data = { connector, options, baseDir: project.baseDir, mapping: file, stream: read.stream, columns, datasetId };
  return Array.from({ length: mapThreads }, () => openMapThread(data));
};

/** One run of one mapping, with connections of its own to source and destination. */
export const syncMapping = async (
  project: Project,
  mapping: ParsedMapping,
  state: StateStore,
  owner: string,
  options: SyncOptions,
): Promise<RunResult> => {
  const release = releaseStack();
  try {
    const destination = destinationOf(project, mapping);
    const source = await openSource(project, mapping);
    release.push(source.close);
    const post = openDestination(destination);
    release.push(post.close);
    const { around = (parts) => parts, ...rest } = options;
    return await runMapping(mapping, {
      ...around({ source, state, post }, mapping.name),
      owner,
      datasetId: destination.dataset_id,
      stateSecret: project.config.stateSecret?.reveal(),
      concurrency: destination.concurrency,
      gate: options.gates?.(destination),
      openMapThreads: (plan) => openMapThreads(project, mapping, plan, destination.dataset_id),
      retry: DEFAULT_RETRY,
      now: Date.now,
      maxSkew: MAX_SKEW,
      random: Math.random,
      sleep,
      ...rest,
    });
  } finally {
    await release.releaseAll();
  }
};
