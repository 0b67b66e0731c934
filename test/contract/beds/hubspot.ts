/** Contacts of a stand-in for HubSpot, through HubSpot's own client; the cursor is the time of the last change, which HubSpot sets on every record. */
import { openPortal } from '../../support/hubspot-portal.ts';
import { HUBSPOT_TOKEN, type HubspotServer, startHubspot } from '../../support/hubspot-server.ts';
import type { CoreBed, CoreRow } from '../core-beds.ts';

export const hubspotCoreBed = (): CoreBed => {
  const portal = openPortal();
  let server: HubspotServer | undefined;
  const put = (rows: readonly CoreRow[]): void => {
    for (const { id, at, note } of rows) {
      if (at === null) throw new Error('HubSpot knows the time of every change');
      portal.put('contacts', [{ id, properties: { note } }], Date.parse(at));
    }
  };
  const options = (): Record<string, unknown> => ({
    access_token: HUBSPOT_TOKEN,
    base_url: server?.url,
    searches_per_second: 100,
    requests_per_10_seconds: 1000,
  });
  return {
    connector: 'hubspot',
    setUp: async () => {
      server = await startHubspot(portal, { limits: { searchesPerSecond: 100_000, perTenSeconds: 1_000_000 } });
    },
    tearDown: async () => server?.close(),
    options,
    badLogin: () => ({ ...options(), access_token: 'pat-eu1-wrong' }),
    fill: async (rows) => {
      portal.define('contacts', { note: 'string' });
      put(rows);
      return { table: 'contacts', primaryKey: ['hs_object_id'], cursor: 'lastmodifieddate', onNull: 'error' };
    },
    put: async (rows) => put(rows),
    columns: { id: 'hs_object_id', at: 'lastmodifieddate', note: 'note' },
    digits: 3,
    can: { nullCursor: false, repeatedKeys: false },
  };
};
