/**
 * A process that syncs one mapping whenever it is told, for tests that kill it: the product's own run, state, source and HTTP, without the
 * command line around it, so that a hundred starts are cheap. Bundled and started by sync-child.ts.
 */
import { loadConnector } from '../../connectors/index.ts';
import { openPostEvents } from '../../src/load/post-events.ts';
import { sleep } from '../../src/load/retry.ts';
import { parseMapping } from '../../src/mapping/compile-mapping.ts';
import { processOwner } from '../../src/state/leases.ts';
import { openState } from '../../src/state/open-state.ts';
import { MAX_SKEW } from '../../src/sync/refuse-skew.ts';
import { runMapping } from '../../src/sync/run-mapping.ts';
import type { ChildAnswer, ChildJob } from './sync-child.ts';

const job = JSON.parse(process.argv[2] ?? '') as ChildJob;
const { mapping } = parseMapping(job.mapping);
const { connector: name, ...options } = job.connection as { connector: string };
const say = (answer: ChildAnswer): void => void process.send?.(answer, () => undefined);
const stop = new AbortController();
const abort = new AbortController();
process.on('SIGTERM', () => (stop.signal.aborted ? abort : stop).abort());

const run = async (): Promise<ChildAnswer> => {
  const state = await openState(job.state);
  const connector = await loadConnector(name);
  if (!connector) throw new TypeError(`no connector "${name}"`);
  const source = await connector.open(options, { baseDir: job.baseDir });
  const post = openPostEvents({
    baseUrl: job.baseUrl,
    apiVersion: 'v25.0',
    datasetId: job.datasetId,
    accessToken: job.token,
    testEventCode: undefined,
    partnerAgent: undefined,
    timeoutMs: job.timeoutMs,
    connections: job.concurrency,
  });
  try {
    const result = await runMapping(mapping, {
      source,
      state,
      post,
      datasetId: job.datasetId,
      concurrency: job.concurrency,
      owner: processOwner(),
      retry: job.retry,
      now: () => Date.now() + (job.clockMs ?? 0),
      maxSkew: MAX_SKEW,
      random: Math.random,
      sleep,
      stop: stop.signal,
      abort: abort.signal,
      sizes: job.sizes,
      onProgress: () => undefined,
    });
    return { status: result.status, counts: result.counts, error: result.error };
  } finally {
    await post.close();
    await source.close();
    await state.close();
  }
};

process.on('message', () => {
  run().then(say, (error: { code?: string; message: string }) =>
    say({ status: 'failed', error: { code: error.code ?? 'internal', message: error.message } }),
  );
});
process.on('disconnect', () => process.exit(0));
say('ready');
