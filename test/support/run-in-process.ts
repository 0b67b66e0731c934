/** One run in the test's own process, for a retry policy of its own: the real one waits for half a minute before it gives up. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDestination, openSource } from '../../src/app.ts';
import { loadAll } from '../../src/cli/load.ts';
import { type RetryPolicy, sleep } from '../../src/load/retry.ts';
import { processOwner } from '../../src/state/leases.ts';
import { openState } from '../../src/state/open-state.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { type RunResult, runMapping } from '../../src/sync/run-mapping.ts';
import { type SyncProject, TOKEN } from './sync-project.ts';

/** @param around wraps the state, for one that fails on purpose */
export const runInProcess = async (
  project: Pick<SyncProject, 'dir' | 'stateFile'>,
  retry: RetryPolicy,
  around: (state: StateStore) => StateStore = (state) => state,
): Promise<RunResult> => {
  writeFileSync(join(project.dir, '.env'), `META_ACCESS_TOKEN=${TOKEN}\n`);
  const loaded = await loadAll(join(project.dir, 'config.yaml'));
  const [mapping] = loaded.mappings;
  const destination = loaded.project?.config.destinations.main;
  if (!loaded.project || !mapping || !destination) throw new Error('the project of the test does not load');
  const state = await openState(project.stateFile);
  const source = await openSource(loaded.project, mapping);
  const post = openDestination(destination);
  try {
    return await runMapping(mapping, {
      source,
      state: around(state),
      post,
      datasetId: destination.dataset_id,
      concurrency: destination.concurrency,
      owner: processOwner(),
      retry,
      now: Date.now,
      random: Math.random,
      sleep,
      stop: new AbortController().signal,
      abort: new AbortController().signal,
      onProgress: () => undefined,
    });
  } finally {
    await post.close();
    await source.close();
    await state.close();
  }
};
