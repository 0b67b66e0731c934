import { isIP } from 'node:net';
import type * as Hubspot from '@hubspot/api-client';
import { loadDriver } from '../load-driver.ts';
import type { HubspotOptions } from './options.ts';

export const DRIVER = { name: '@hubspot/api-client', versions: '^14.0.1' } as const;

export type Send = (request: {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}) => Promise<Response>;

/**
 * HubSpot's own client, by its `apiRequest`: its generated methods make a Date of every time and hide the headers, and its limiter and its
 * retries are one for all clients of a process and print to the console.
 */
export async function openClient(options: HubspotOptions): Promise<Send> {
  const loaded = await loadDriver<typeof Hubspot & { readonly default?: typeof Hubspot }>(DRIVER.name, {
    versions: DRIVER.versions,
  });
  const { Client } = loaded.default ?? loaded; // a CommonJS package
  const client = new Client({ accessToken: options.access_token, basePath: baseUrl(options) });
  return (request) => client.apiRequest(request);
}

export function baseUrl({ base_url: given }: Pick<HubspotOptions, 'base_url'>): string {
  return (given ?? 'https://api.hubapi.com').replace(/\/+$/, '');
}

/** For messages. */
export function serverLabel(options: Pick<HubspotOptions, 'base_url'>): string {
  return `HubSpot at ${new URL(baseUrl(options)).host}`;
}

export function isLocal(options: Pick<HubspotOptions, 'base_url'>): boolean {
  const { hostname } = new URL(baseUrl(options));
  const host = hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
