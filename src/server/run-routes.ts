/** Runs by request: `POST /api/runs` for schedulers, `POST /api/hooks/<name>` for webhooks, `GET /api/runs/<id>` to look again. The guard has passed them. */
import { type Context, Hono } from 'hono';
import type { Hook } from '../config/hooks-schema.ts';
import { FatalError } from '../errors.ts';
import { readTraceParent } from '../observe/traceparent.ts';
import type { StateStore } from '../state/state-store.ts';
import { answerRuns, recordedRun } from './answer-runs.ts';
import { readDbtCall } from './dbt-webhook.ts';
import { readBytes } from './letter-request.ts';
import { readRunRequest } from './run-request.ts';
import type { RequestedRuns, ServiceActions } from './seams.ts';

export type RunRoutesTools = {
  readonly actions: Pick<ServiceActions, 'requestRuns'>;
  readonly state: Pick<StateStore, 'readRun'>;
  readonly hooks: () => Readonly<Record<string, Hook>>;
  /** The signature of a hook is wrong, or the body is. */
  readonly onRefused: (reason: 'signature' | 'body') => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

const MAX_BODY = 256 * 1024;
/** Each holds a connection. */
const MOST_WAITING = 64;
const SEEN_EVENTS = 1_000;
const AGAIN_SECONDS = '15';

type Problem = readonly [status: 400 | 401 | 404 | 413 | 429 | 503, code: string, message: string, hint: string | null];

export const runRoutes = ({ actions, state, hooks, onRefused, now }: RunRoutesTools): Hono => {
  const app = new Hono();
  const seen = new Set<string>();
  let waiting = 0;

  const problem = (context: Context, [status, code, message, hint]: Problem): Response => {
    if (status === 429 || status === 503) context.header('retry-after', AGAIN_SECONDS);
    return context.json({ error: { code, message, hint } }, status);
  };
  const refuse = (context: Context, reason: 'signature' | 'body', status: 400 | 401 | 413, hint: string): Response => {
    onRefused(reason);
    const message =
      reason === 'body' ? 'the body is too large or not what is expected' : 'the signature is missing or wrong';
    return problem(context, [status, reason, message, hint]);
  };

  const start = (context: Context, select: readonly string[], exclude?: readonly string[]): RequestedRuns | Problem => {
    try {
      const requested = actions.requestRuns({ select, exclude }, readTraceParent(context.req.header('traceparent')));
      if (requested === 'stopping') return [503, 'stopping', 'this process is stopping', null];
      if (requested.runs.length > 0) return requested;
      const hint = requested.unmatched.find((each) => each.hint !== undefined)?.hint ?? null;
      return [404, 'nothing-selected', 'no mapping is selected', hint];
    } catch (error) {
      if (!(error instanceof FatalError) || error.code !== 'bad-selector') throw error;
      return [400, error.code, error.message, error.hint ?? null];
    }
  };

  const reply = async (context: Context, requested: RequestedRuns, waitMs: number | undefined): Promise<Response> => {
    waiting += 1;
    try {
      const { status, body } = await answerRuns(requested, waitMs, context.req.raw.signal);
      if (status === 409) context.header('retry-after', AGAIN_SECONDS);
      return context.json(body, status);
    } finally {
      waiting -= 1;
    }
  };

  const isFull = (context: Context): Response | undefined =>
    waiting < MOST_WAITING
      ? undefined
      : problem(context, [
          429,
          'too-many-waiting',
          'too many callers wait for runs',
          'ask without wait, and look again at /api/runs/<id>',
        ]);

  app.post('/api/runs', async (context) => {
    const body = await readBytes(context.req.raw.body, MAX_BODY);
    if (!body) return refuse(context, 'body', 413, `at most ${MAX_BODY} bytes`);
    const asked = readRunRequest(body.toString('utf8'), new URL(context.req.url).searchParams);
    if (typeof asked === 'string') return refuse(context, 'body', 400, asked);
    const full = isFull(context);
    if (full) return full;
    const requested = start(context, asked.select, asked.exclude);
    return 'runs' in requested ? reply(context, requested, asked.waitMs) : problem(context, requested);
  });

  app.post('/api/hooks/:name', async (context) => {
    const hook = Object.entries(hooks()).find(([name]) => name === context.req.param('name'))?.[1];
    if (!hook) return problem(context, [404, 'not-found', 'there is no such hook', null]);
    const body = await readBytes(context.req.raw.body, MAX_BODY);
    if (!body) return refuse(context, 'body', 413, `at most ${MAX_BODY} bytes`);
    const call = readDbtCall(body, context.req.header('authorization'), {
      secret: hook.secret.reveal(),
      jobs: hook.jobs,
      hasSeen: (id) => seen.has(id),
      now,
    });
    if (call.kind === 'refused') return refuse(context, 'signature', 401, call.hint);
    if (call.kind === 'ignored') return context.json({ ok: true, runs: [], ignored: call.reason });
    const full = isFull(context);
    if (full) return full;
    const requested = start(context, hook.select, hook.exclude);
    if (!('runs' in requested)) return problem(context, requested);
    const response = await reply(context, requested, undefined);
    // One that met another instance comes again, and is then no repeat.
    if (response.status !== 409) seen.add(call.eventId);
    for (const oldest of seen) if (seen.size > SEEN_EVENTS) seen.delete(oldest);
    return response;
  });

  app.get('/api/runs/:id', async (context) => {
    const id = /^\d{1,15}$/.test(context.req.param('id')) ? Number(context.req.param('id')) : undefined;
    const run = id === undefined ? undefined : await state.readRun(id);
    return run ? context.json(recordedRun(run)) : problem(context, [404, 'unknown-run', 'there is no such run', null]);
  });
  return app;
};
