/** HubSpot to Meta: whole syncs through HubSpot's own client, while records change, requests are throttled and the search lags behind. */
import { expect, it, onTestFinished } from 'vitest';
import { DEFAULT_RETRY } from '../../src/load/retry.ts';
import { openFarSide } from '../support/far-side.ts';
import { openPortal } from '../support/hubspot-portal.ts';
import { makeHubspotProject } from '../support/hubspot-project.ts';
import { type HubspotServerOptions, startHubspot } from '../support/hubspot-server.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { outcomes } from '../support/sync-project.ts';

const FREE = { searchesPerSecond: 100_000, perTenSeconds: 1_000_000 };
const HOUR = 3_600_000;
/** Beyond 2^53: as a number it would end in 2. */
const LEAD_ID = '9007199254740993';

const open = async (mapping: string, options: HubspotServerOptions = {}) => {
  const portal = openPortal();
  portal.define('contacts', {
    email: 'string',
    phone: 'phone_number',
    lifecyclestage: 'enumeration',
    meta_lead_id: 'string',
  });
  portal.define('deals', { dealstage: 'enumeration', amount: 'number' });
  const hubspot = await startHubspot(portal, { ...options, limits: { ...FREE, ...options.limits } });
  const farSide = await openFarSide();
  const project = makeHubspotProject({ hubspotUrl: hubspot.url, metaUrl: farSide.url, mappings: { mapping } });
  onTestFinished(async () => {
    project.remove();
    await farSide.close();
    await hubspot.close();
  });
  const run = async () => {
    const { counts, status, error } = await runInProcess(project, DEFAULT_RETRY);
    return { ...counts, status, error };
  };
  return { portal, hubspot, farSide, run };
};

const leads = (lag: string): string => `version: 1
name: leads
source:
  connection: hubspot
  table: contacts
  primary_key: hs_object_id
  cursor: { column: lastmodifieddate, start: 7d, lag: ${lag}, lookback: 10m }
destination: main
event:
  event_name: Lead
  event_time: =createdate
  action_source: system_generated
  user_data: { em: =email, external_id: =hs_object_id }
  custom_data: { event_source: crm, lead_event_source: HubSpot }
`;

const throttled = (policyName: string) => ({
  status: 429,
  body: { status: 'error', errorType: 'RATE_LIMIT', policyName },
});

it('sends 50,000 contacts once each while they change, are throttled, and requests fail', async () => {
  const COUNT = 50_000;
  let isChanging = false;
  let changes = 0;
  let made = COUNT;
  const faults = { throttled: 0, failed: 0, cut: 0 };
  const { portal, farSide, run } = await open(leads('1s'), {
    onCall: ({ path }, nth) => {
      if (!isChanging || !path.endsWith('/search')) return undefined;
      // Between any two searches: forty records of all ages change, and one comes into being.
      const touched = Array.from({ length: 40 }, (_, n) => ({ id: (((changes * 40 + n) * 7919) % COUNT) + 1 }));
      changes += 1;
      made += 1;
      portal.put('contacts', touched);
      portal.put('contacts', [{ id: made, properties: { email: `buyer${made}@example.com` } }]);
      if (nth % 45 === 0) {
        faults.throttled += 1;
        return throttled('SECONDLY');
      }
      if (nth % 71 === 0) {
        faults.failed += 1;
        return { status: 502 };
      }
      if (nth % 97 === 0) {
        faults.cut += 1;
        return 'reset';
      }
      return undefined;
    },
  });
  portal.setIndexLag(200);
  const start = Date.now() - 100 * HOUR;
  for (let id = 1; id <= COUNT; id += 1) {
    // A fifth of them in one import, all at one time.
    const at = id > 40_000 ? start + 90 * HOUR : start + id * 8_000;
    portal.put('contacts', [{ id, properties: { email: `buyer${id}@example.com` } }], at);
  }
  await new Promise((resolve) => setTimeout(resolve, 250));
  isChanging = true;
  const first = await run();
  expect(first.error).toBeUndefined();
  expect(first.read).toBe(outcomes(first));
  expect(faults.throttled).toBeGreaterThan(2);
  expect(faults.failed).toBeGreaterThan(1);
  expect(faults.cut).toBeGreaterThan(1);
  expect(changes).toBeGreaterThan(200);

  isChanging = false;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await run();
  const last = await run();
  expect(last.sent).toBe(0);
  const deliveries = [...farSide.deliveries()];
  expect(deliveries).toHaveLength(made);
  expect(deliveries.filter(([, times]) => times !== 1)).toEqual([]);
  expect(farSide.repeats()).toBe(0);
}, 600_000);

it('loses nothing of 12,000 contacts of one import, and sends none of them twice', async () => {
  const { portal, farSide, run } = await open(leads('1s'));
  const at = Date.now() - HOUR;
  const imported = Array.from({ length: 12_000 }, (_, n) => ({
    id: n + 1,
    properties: { email: `buyer${n}@example.com` },
  }));
  portal.put('contacts', imported, at);
  expect(await run()).toMatchObject({ status: 'succeeded', read: 12_000, sent: 12_000 });
  expect(await run()).toMatchObject({ status: 'succeeded', sent: 0 });
  expect(farSide.deliveries().size).toBe(12_000);
}, 300_000);

it('finds by its lookback what the search did not show in time', async () => {
  const { portal, farSide, run } = await open(leads('0s'));
  const put = (id: number): void =>
    portal.put('contacts', [{ id, properties: { email: `buyer${id}@example.com` } }], Date.now() - 2_000);
  portal.setIndexLag(1_500);
  put(1);
  portal.setIndexLag(0);
  put(2);
  // The one that was changed later is there, and the checkpoint passes the other.
  expect(await run()).toMatchObject({ sent: 1 });
  await new Promise((resolve) => setTimeout(resolve, 1_600));
  expect(await run()).toMatchObject({ sent: 1, duplicate: 1 });
  expect(farSide.repeats()).toBe(0);
});

const stages = (table: string, cursor: string, contact: string): string => `version: 1
name: stages
source:
  connection: hubspot
  table: ${table}
  primary_key: change_id
  cursor: { column: ${cursor}, start: 7d, lag: 0s, lookback: 10m }
destination: main
event:
  event_name: =changed_to
  event_time: =changed_at
  action_source: system_generated
  user_data: { lead_id: =${contact}meta_lead_id, em: =${contact}email }
  custom_data: { event_source: crm, lead_event_source: HubSpot }
`;

it.each([
  ['contacts.lifecyclestage.history', 'lastmodifieddate', ''],
  ['deals.dealstage.history', 'hs_lastmodifieddate', 'contact_'],
])('makes three events of New, Qualified and Won in %s, with the id of the lead', async (table, cursor, contact) => {
  const [type = '', property = ''] = table.split('.');
  const { portal, farSide, run } = await open(stages(table, cursor, contact));
  const hoursAgo = (hours: number): number => Date.now() - hours * HOUR;
  portal.put('contacts', [{ id: 5, properties: { email: 'ada@example.com', meta_lead_id: LEAD_ID } }], hoursAgo(10));
  const id = type === 'contacts' ? 5 : 9;
  const becomes = (stage: string, hours: number): void =>
    portal.put(type, [{ id, properties: { [property]: stage } }], hoursAgo(hours));
  portal.associate('deals', 9, 5);

  becomes('New', 9);
  expect(await run()).toMatchObject({ sent: 1 });
  // Two stages between two runs, and a change of something else.
  becomes('Qualified', 8);
  becomes('Won', 7);
  portal.put(type, [{ id, properties: { amount: '12' } }], hoursAgo(6));
  expect(await run()).toMatchObject({ sent: 2 });
  portal.put(type, [{ id, properties: { amount: '13' } }], hoursAgo(5));
  expect(await run()).toMatchObject({ sent: 0, rejected: 0 });

  const events = farSide.events();
  expect(events.map((event) => event.event_name)).toEqual(['New', 'Qualified', 'Won']);
  expect(events.map((event) => String(event.user_data?.lead_id))).toEqual([LEAD_ID, LEAD_ID, LEAD_ID]);
  expect(events.map((event) => event.custom_data)).toEqual(
    Array(3).fill({ event_source: 'crm', lead_event_source: 'HubSpot' }),
  );
  expect(events.map((event) => Math.round((Date.now() / 1000 - event.event_time) / 3600))).toEqual([9, 8, 7]);
  expect(new Set(events.map((event) => event.event_id)).size).toBe(3);
});
