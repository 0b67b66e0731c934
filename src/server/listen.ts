/** Listens, with limits on whatever a caller can make long: headers, bodies, waiting, connections. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { EXIT, FatalError } from '../errors.ts';

export type Listening = { readonly address: string; readonly close: () => Promise<void> };

const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};
const MAX_CONNECTIONS = 512;
const MAX_HEADERS = 100;
const LAST_ANSWERS_MS = 300;

/** @param listen host:port. @param limits other ones, for tests. @throws FatalError `port-in-use` */
export const listen = async (
  app: Hono<{ Bindings: HttpBindings }>,
  listen: string,
  limits: Partial<typeof LIMITS> = {},
): Promise<Listening> => {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { ...LIMITS, ...limits },
    // The program's own Request and Response stay what they are.
    overrideGlobalObjects: false,
  }) as Server;
  server.maxConnections = MAX_CONNECTIONS;
  server.maxHeadersCount = MAX_HEADERS;
  const at = listen.lastIndexOf(':');
  const host = listen.slice(0, at).replace(/^\[|\]$/g, '');
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new FatalError('port-in-use', `cannot listen on ${listen} (${error.code ?? error.name})`, {
          hint: 'another process has the port, or the address is not of this machine: change server.listen',
          exitCode: EXIT.config,
        }),
      ),
    );
    server.listen(Number(listen.slice(at + 1)), host, resolve);
  });
  server.on('error', () => undefined);
  const { address, port, family } = server.address() as AddressInfo;
  return {
    address: family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        // Who waited for a run that has ended just now gets its answer; the streams of open pages do not end by themselves.
        const cut = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
      }),
  };
};
