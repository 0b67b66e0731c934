/** The connector, through HubSpot's own client, on a portal of its own. */
import { tmpdir } from 'node:os';
import { onTestFinished, vi } from 'vitest';
import type { Page, ReadRange, ReadSpec, Row, Source, Stream } from '../../../../connectors/connector.ts';
import { hubspot } from '../../../../connectors/hubspot/index.ts';
import { openPortal, type Portal } from '../../../support/hubspot-portal.ts';
import { HUBSPOT_TOKEN, type HubspotServerOptions, startHubspot } from '../../../support/hubspot-server.ts';

// Thousands of records go through a server that shares the processor with the tests beside it.
vi.setConfig({ testTimeout: 60_000 });

export const CONTACT_PROPERTIES = {
  email: 'string',
  phone: 'phone_number',
  lifecyclestage: 'enumeration',
  score: 'number',
  opted_in: 'bool',
  born: 'date',
  met_at: 'datetime',
  meta_lead_id: 'string',
} as const;
export const DEAL_PROPERTIES = {
  dealname: 'string',
  dealstage: 'enumeration',
  amount: 'number',
  closedate: 'datetime',
} as const;

/** No limit of the account is in the way, unless a test sets one. */
export const NO_LIMITS = { searchesPerSecond: 100_000, perTenSeconds: 1_000_000 };

export const openBed = async (
  options: HubspotServerOptions = {},
  settings: Record<string, unknown> = {},
  now?: () => number,
) => {
  const portal: Portal = openPortal(now ? { now } : {});
  portal.define('contacts', CONTACT_PROPERTIES);
  portal.define('deals', DEAL_PROPERTIES);
  const server = await startHubspot(portal, { ...options, limits: { ...NO_LIMITS, ...options.limits } });
  const source: Source = await hubspot.open(
    {
      access_token: HUBSPOT_TOKEN,
      base_url: server.url,
      searches_per_second: 100,
      requests_per_10_seconds: 1000,
      ...settings,
    },
    { baseDir: tmpdir() },
  );
  onTestFinished(async () => {
    await source.close();
    await server.close();
  });
  return { portal, server, source };
};

export const contacts = (more: Partial<ReadSpec> = {}): ReadSpec => ({
  table: 'contacts',
  primaryKey: ['hs_object_id'],
  cursor: 'lastmodifieddate',
  onNull: 'error',
  ...more,
});

export const stages = (table: string, cursor = 'lastmodifieddate'): ReadSpec => ({
  table,
  primaryKey: ['change_id'],
  cursor,
  onNull: 'error',
});

export const pagesOf = async (
  source: Source,
  stream: Stream,
  range: Omit<ReadRange, 'pageSize'> & { readonly pageSize?: number },
  signal: AbortSignal = new AbortController().signal,
): Promise<Page[]> => {
  const pages: Page[] = [];
  for await (const page of source.readPages(stream, { pageSize: 1000, ...range }, signal)) pages.push(page);
  return pages;
};

export const rowsOf = async (source: Source, stream: Stream, columns: readonly string[]): Promise<Row[]> =>
  (await pagesOf(source, stream, { columns })).flatMap(({ rows }) => rows);

export const DAY = Date.UTC(2026, 10, 20, 10);
