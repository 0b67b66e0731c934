/** The page over a seeded state, without a scheduler: what a mapping does just now is told by the caller. For looking at it, and for tests of its routes. */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { loadAll } from '../../src/cli/load.ts';
import { pageRoutes } from '../../src/server/page/page-routes.ts';
import {
  CONTENT_SECURITY_POLICY,
  type MappingView,
  type PageTools,
  type ServiceEvent,
} from '../../src/server/seams.ts';
import { openState } from '../../src/state/open-state.ts';
import { SEEDED_MAPPINGS } from './seeded-mappings.ts';

export type PageServer = {
  readonly url: string;
  readonly mappings: Map<string, MappingView>;
  readonly tell: (event: ServiceEvent) => void;
  readonly close: () => Promise<void>;
};

/** @param around wraps the state, to count what is asked of it */
export const startPageServer = async (
  dir: string,
  {
    port = 0,
    around = (state) => state,
    now = Date.now,
  }: { port?: number; around?: (state: PageTools['state']) => PageTools['state']; now?: () => number } = {},
): Promise<PageServer> => {
  const loaded = await loadAll(join(dir, 'config.yaml'));
  if (!loaded.project)
    throw new Error(`the seeded project does not load: ${JSON.stringify(loaded.diagnostics.slice(0, 3))}`);
  const state = await openState(join(dir, '.capi-sync/state.db'));
  const stories = new Map(SEEDED_MAPPINGS.map((seeded) => [seeded.name, seeded]));
  const mappings = new Map<string, MappingView>(
    loaded.mappings.map((definition) => {
      const { name, file } = definition;
      const seeded = stories.get(name);
      const cron = typeof file.schedule === 'string' ? file.schedule : file.schedule?.cron;
      const isPaused = seeded?.story === 'paused';
      const every = (seeded?.every ?? 60) * 60_000;
      return [
        name,
        {
          name,
          definition,
          destination: { name: 'main', datasetId: '1234567890123456' },
          schedule: cron === undefined ? undefined : { cron, timezone: 'UTC', jitterMs: 0 },
          nextAt: cron === undefined || isPaused ? undefined : Math.ceil(now() / every) * every + 60_000,
          pausedSince: isPaused ? now() - 3 * 3_600_000 : undefined,
          queued: undefined,
          running: undefined,
          elsewhereUntil: undefined,
          last: undefined,
        },
      ] as const;
    }),
  );
  const listeners = new Set<(event: ServiceEvent) => void>();
  const startedAt = now() - 9 * 86_400_000;
  const app = new Hono();
  app.use(async (context, next) => {
    context.header('content-security-policy', CONTENT_SECURITY_POLICY);
    await next();
  });
  app.route(
    '/',
    pageRoutes({
      view: {
        version: '0.1.0',
        startedAt,
        stopping: () => false,
        config: () => ({ generation: 1, loadedAt: startedAt, problem: undefined }),
        mappings: () => [...mappings.values()],
        mapping: (name) => mappings.get(name),
      },
      state: around(state),
      events: {
        subscribe: (listener) => {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      },
      now,
      hasToken: () => true,
      readsNeedToken: false,
    }),
  );
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mappings,
    tell: (event) => {
      for (const listener of listeners) listener(event);
    },
    close: async () => {
      if ('closeAllConnections' in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await state.close();
    },
  };
};
