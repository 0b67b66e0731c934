import { setTimeout as delay } from 'node:timers/promises';
import type { Connector } from '../connector.ts';
import { openAsk } from './ask.ts';
import { DRIVER, isLocal, openClient, serverLabel } from './client.ts';
import { horizon, shiftBack } from './clock.ts';
import { countRows, countUpTo } from './count-rows.ts';
import { describe } from './describe.ts';
import { fromUrl } from './from-url.ts';
import { asHubspotStream } from './hubspot-stream.ts';
import { inspector, tables } from './inspect.ts';
import { cursorText, instantMs } from './instants.ts';
import { type HubspotOptions, options } from './options.ts';
import { type Clock, openPace, searchPace } from './pace.ts';
import { openProperties } from './properties.ts';
import { readKeys } from './read-keys.ts';
import { readPages } from './read-pages.ts';

const clock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, signal && { signal }).catch(() => undefined),
};

export const hubspot: Connector = {
  name: 'hubspot',
  title: 'HubSpot',
  options,
  driver: DRIVER,
  reads: 'stream',
  guard: 'lag',
  proven: { on: 'stand-in', what: "written from HubSpot's documentation, asked by HubSpot's own client" },
  fromUrl: { schemes: ['hubspot'], example: 'hubspot://:token@api.hubapi.com', read: fromUrl },
  open: async (given) => {
    const settings = given as HubspotOptions;
    const send = await openClient(settings);
    const paces = {
      search: searchPace(settings.searches_per_second ?? 4, clock),
      any: openPace(settings.requests_per_10_seconds ?? 90, 10_000, clock),
    };
    const ask = openAsk({
      ...clock,
      send,
      paces,
      server: serverLabel(settings),
      timeoutMs: (settings.timeout ?? 60) * 1000,
    });
    const properties = openProperties(ask);
    return {
      // A query a page would begin with the rest of a millisecond, and guess the width of a window, anew each time.
      streams: true,
      describe: (spec) => describe(spec, ask, properties),
      horizon: async (stream, lagSeconds) => horizon(ask, asHubspotStream(stream), lagSeconds),
      shiftBack: async (stream, cursor, amount) => shiftBack(asHubspotStream(stream), cursor, amount),
      cursorAt: async (_stream, instant) => cursorText(instantMs(instant)),
      readPages: (stream, range, signal) => readPages(ask, asHubspotStream(stream), range, signal),
      readKeys: async (stream, columns, keys, within) =>
        readKeys(ask, asHubspotStream(stream), { columns, keys, within }),
      countRows: async (stream, range) => countRows(ask, asHubspotStream(stream), range),
      countUpTo: async (stream, most) => countUpTo(ask, asHubspotStream(stream), most),
      inspect: inspector(ask, { token: settings.access_token, isLocal: isLocal(settings) }),
      tables: () => tables(ask, properties),
      close: async () => undefined, // Nothing stays open between two requests.
    };
  },
};
