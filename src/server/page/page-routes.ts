/** The status page, its files, and the JSON behind it. Mounted behind the guard: Host, token, headers and limits are done (`seams.ts`). */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Context, Hono } from 'hono';
import { openReadModels } from '../read-models/open-read-models.ts';
import { RANGES, type Range } from '../read-models/page-data.ts';
import type { PageRoutes } from '../seams.ts';
import { eventStream } from './event-stream.ts';
import { type Asset, openAssets } from './open-assets.ts';

const NOT_BUILT = 'The status page is not built: run "npm run build". The JSON is at /api/overview.\n';

const hasRange = (text: string): text is Range => Object.hasOwn(RANGES, text);

/** Beneath this it is not worth the while. */
const WORTH_PACKING = 4_096;

const takesGzip = (context: Context): boolean => /\bgzip\b/.test(context.req.header('accept-encoding') ?? '');

/** Answers 304 where nothing changed since: the page asks often. */
const json = (context: Context, value: unknown, now: number): Response => {
  const body = JSON.stringify(value);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = { etag, 'cache-control': 'no-cache', vary: 'accept-encoding', 'x-server-time': String(now) };
  if (context.req.header('if-none-match') === etag) return context.body(null, 304, headers);
  const type = { ...headers, 'content-type': 'application/json; charset=utf-8' };
  if (body.length < WORTH_PACKING || !takesGzip(context)) return context.body(body, 200, type);
  return context.body(new Uint8Array(gzipSync(body, { level: 4 })), 200, { ...type, 'content-encoding': 'gzip' });
};

const send = (context: Context, { body, gzip, type }: Asset, caching: string): Response => {
  const zipped = gzip !== undefined && takesGzip(context);
  return context.body((zipped ? gzip : body) as Uint8Array<ArrayBuffer>, 200, {
    'content-type': type,
    'cache-control': caching,
    vary: 'accept-encoding',
    ...(zipped ? { 'content-encoding': 'gzip' } : {}),
  });
};

export const pageRoutes: PageRoutes = (tools) => {
  const app = new Hono();
  const assets = openAssets();
  const models = openReadModels(tools);

  app.get('/', (context) => {
    const page = assets.get('index.html');
    return page ? send(context, page, 'no-cache') : context.text(NOT_BUILT, 503);
  });
  // Their names hold a hash of what is in them.
  app.get('/assets/:name', (context) => {
    const asset = assets.get(context.req.param('name'));
    return asset ? send(context, asset, 'public, max-age=31536000, immutable') : context.notFound();
  });

  app.get('/api/overview', async (context) => json(context, await models.overview(), tools.now()));
  app.get('/api/mappings/:name', async (context) => {
    const range = context.req.query('range') ?? '7d';
    const detail = hasRange(range) ? await models.detail(context.req.param('name'), range) : undefined;
    if (detail) return json(context, detail, tools.now());
    const [code, message] = hasRange(range)
      ? ['unknown-mapping', 'there is no such mapping']
      : ['usage', `range is one of ${Object.keys(RANGES).join(', ')}`];
    return context.json({ error: { code, message, hint: null } }, hasRange(range) ? 404 : 400);
  });
  app.get('/api/events', (context) => eventStream(context, tools));
  return app;
};
