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
import type { RateLimit } from './load/limit-rate.ts';
import { openPostEvents, type PostEvents } from './load/post-events.ts';
import { DEFAULT_RETRY, sleep } from './load/retry.ts';
import type { ParsedMapping } from './mapping/compile-mapping.ts';
import { processOwner } from './state/leases.ts';
import { openState } from './state/open-state.ts';
import { openStateThread } from './state/open-state-thread.ts';
import type { StateStore } from './state/state-store.ts';
import { mapThreads, openMapThread, type ThreadMapper } from './sync/open-map-threads.ts';
import type { StreamPlan } from './sync/plan-stream.ts';
import { type Progress, type RunResult, runMapping } from './sync/run-mapping.ts';

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

export const statePath = (project: Project): string => {
  const { state } = project.config;
  if (state.client !== 'sqlite')
    throw new FatalError('not-supported', `state on ${state.client} is not available`, { exitCode: EXIT.config });
  return isAbsolute(state.filename) ? state.filename : join(project.baseDir, state.filename);
};

export const openProjectState = (project: Project, options?: { mustExist?: boolean }): Promise<StateStore> =>
  openState(statePath(project), options);

/** The mapping's source, open. The first query connects. */
export const openSource = async (project: Project, mapping: ParsedMapping): Promise<Source> => {
  const { connector: name, ...options } = project.config.connections[mapping.file.source.connection] as {
    connector: string;
  };
  const connector = await loadConnector(name);
  if (!connector)
    throw new FatalError('unknown-connector', `there is no connector "${name}"`, { exitCode: EXIT.config });
  return connector.open(options, { baseDir: project.baseDir });
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

const rateLimitOf = ({ rate_limit: limit }: Destination): RateLimit | undefined =>
  limit && { requestsPerSecond: limit.requests_per_second, eventsPerSecond: limit.events_per_second };

export type SyncOptions = {
  readonly limit?: number | undefined;
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
};

/** Runs mappings one after another; one that fails does not keep the next from running. */
export const syncMappings = async (
  project: Project,
  mappings: readonly ParsedMapping[],
  options: SyncOptions,
): Promise<RunResult[]> => {
  const release = releaseStack();
  const owner = processOwner();
  const results: RunResult[] = [];
  try {
    const state = await openStateThread(statePath(project));
    release.push(state.close);
    for (const mapping of mappings) {
      if (options.stop.aborted) break;
      results.push(await syncMapping(project, mapping, state, owner, options));
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

const syncMapping = async (
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
    return await runMapping(mapping, {
      source,
      state,
      post,
      owner,
      datasetId: destination.dataset_id,
      concurrency: destination.concurrency,
      rateLimit: rateLimitOf(destination),
      openMapThreads: (plan) => openMapThreads(project, mapping, plan, destination.dataset_id),
      retry: DEFAULT_RETRY,
      now: Date.now,
      random: Math.random,
      sleep,
      ...options,
    });
  } finally {
    await release.releaseAll();
  }
};
