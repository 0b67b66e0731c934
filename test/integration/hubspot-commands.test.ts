/** HubSpot at the command line: wrong tokens and scopes, `check`, `init`, and the shipped mappings that read HubSpot itself. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ensureBuilt, runCli } from '../support/built-cli.ts';
import { openFarSide } from '../support/far-side.ts';
import { openPortal } from '../support/hubspot-portal.ts';
import { makeHubspotProject } from '../support/hubspot-project.ts';
import { HUBSPOT_TOKEN, type HubspotServerOptions, startHubspot } from '../support/hubspot-server.ts';
import { type RunJson, runOf } from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

const HOUR = 3_600_000;
const hoursAgo = (hours: number): number => Date.now() - hours * HOUR;
const iso = (ms: number): string => new Date(ms).toISOString();

/** Invented people, with what HubSpot calls its own properties. */
const shopOfHubspot = () => {
  const portal = openPortal();
  const contact = {
    email: 'string',
    phone: 'phone_number',
    mobilephone: 'phone_number',
    firstname: 'string',
    lastname: 'string',
    city: 'string',
    state: 'string',
    zip: 'string',
    country: 'string',
    lifecyclestage: 'enumeration',
    hs_analytics_source: 'enumeration',
    hs_analytics_source_data_1: 'string',
    hs_legal_basis: 'enumeration',
    hs_facebook_click_id: 'string',
  } as const;
  portal.define('contacts', contact);
  portal.define('deals', {
    dealname: 'string',
    dealstage: 'enumeration',
    amount: 'number',
    deal_currency_code: 'enumeration',
    closedate: 'datetime',
    hs_is_closed_won: 'bool',
  });
  const lead = {
    hs_analytics_source: 'PAID_SOCIAL',
    hs_analytics_source_data_1: 'Facebook',
    hs_legal_basis: 'Freely given consent from contact',
    country: 'Germany',
  };
  const ada = { ...lead, email: 'ada@example.com', phone: '030 23125 014', firstname: 'Ada', lifecyclestage: 'lead' };
  portal.put('contacts', [{ id: 11, properties: ada }], hoursAgo(40));
  portal.put('contacts', [{ id: 11, properties: { lifecyclestage: 'customer' } }], hoursAgo(20));
  portal.put(
    'contacts',
    [{ id: 12, properties: { ...lead, email: 'eve@example.com', hs_legal_basis: null, lifecyclestage: 'lead' } }],
    hoursAgo(30),
  );
  portal.put(
    'contacts',
    [
      {
        id: 13,
        properties: { email: 'sam@example.com', hs_analytics_source: 'DIRECT_TRAFFIC', lifecyclestage: 'lead' },
      },
    ],
    hoursAgo(10),
  );
  const won = {
    dealstage: 'closedwon',
    amount: '1200.50',
    deal_currency_code: 'EUR',
    hs_is_closed_won: 'true',
    closedate: iso(hoursAgo(5)),
  };
  portal.put(
    'deals',
    [{ id: 91, properties: { dealname: 'A', dealstage: 'qualifiedtobuy', hs_is_closed_won: 'false' } }],
    hoursAgo(9),
  );
  portal.put('deals', [{ id: 91, properties: won }], hoursAgo(5));
  portal.put(
    'deals',
    [{ id: 92, properties: { dealname: 'B', dealstage: 'qualifiedtobuy', hs_is_closed_won: 'false', amount: '5' } }],
    hoursAgo(8),
  );
  portal.associate('deals', 91, 11);
  portal.associate('deals', 92, 12);
  return portal;
};

const open = async (mappings: Record<string, string>, options: HubspotServerOptions = {}, token = HUBSPOT_TOKEN) => {
  const portal = shopOfHubspot();
  const hubspot = await startHubspot(portal, {
    ...options,
    limits: { searchesPerSecond: 1_000, perTenSeconds: 10_000 },
  });
  const farSide = await openFarSide();
  const project = makeHubspotProject({ hubspotUrl: hubspot.url, metaUrl: farSide.url, mappings, token });
  onTestFinished(async () => {
    project.remove();
    await farSide.close();
    await hubspot.close();
  });
  return { portal, farSide, project, hubspot };
};

describe.each([
  ['direct-contacts', ['lead', 'customer'], { read: 4, filtered: 2 }],
  ['direct-deal-stages', ['qualifiedtobuy', 'closedwon'], { read: 3, filtered: 1 }],
  ['direct-deals', ['Purchase'], { read: 1, filtered: 0 }],
] as const)('the mapping %s', (name, expected, counts) => {
  it('is valid, sends what its README says once, and nothing of what changes otherwise', async () => {
    const { portal, farSide, project } = await open({ [name]: `hubspot/${name}.yaml` });
    const validated = await project.cli('validate', '--strict');
    expect([validated.stderr, validated.code]).toEqual(['', 0]);
    expect((await project.cli('test')).code).toBe(0);
    const run = async (): Promise<RunJson> => runOf(await project.cli('run', '--json'));

    expect(await run()).toMatchObject({ status: 'succeeded', sent: expected.length, rejected: 0, ...counts });
    expect(farSide.events().map((event) => event.event_name)).toEqual(expected);
    expect(await run()).toMatchObject({ status: 'succeeded', sent: 0 });

    portal.put('contacts', [{ id: 11, properties: { city: 'Berlin' } }], hoursAgo(1));
    portal.put('deals', [{ id: 91, properties: { dealname: 'renamed' } }], hoursAgo(1));
    const again = await run();
    expect(again).toMatchObject({ status: 'succeeded', sent: 0 });
    expect(again.duplicate).toBeGreaterThan(0);
    const keys = new Set(farSide.events().flatMap((event) => Object.keys(event.user_data ?? {})));
    expect([...keys]).toEqual(expect.arrayContaining(['em', 'ph', 'country', 'external_id']));
  });
});

it('of a wrong token says where to find the right one, and ends with 4', async () => {
  const { project } = await open({ deals: 'hubspot/direct-deals.yaml' }, {}, 'pat-eu1-wrong');
  const exit = await project.cli('run', '--json');
  expect(exit.code).toBe(4);
  expect(runOf(exit).error).toMatchObject({
    code: 'source-login-failed',
    hint: expect.stringContaining('Private Apps'),
  });
  expect(exit.stdout + exit.stderr).not.toContain('pat-eu1');
});

it('of a scope that is missing says which, and ends with 5', async () => {
  const { project } = await open({ deals: 'hubspot/direct-deals.yaml' }, { scopes: ['crm.objects.contacts.read'] });
  const exit = await project.cli('run', '--json');
  expect(exit.code).toBe(5);
  expect(runOf(exit).error).toMatchObject({
    code: 'source-permission',
    hint: expect.stringContaining('crm.objects.deals.read'),
  });
});

it('check tells of the account, its requests, rights beyond reading and what a search shows when', async () => {
  const { project } = await open({ deals: 'hubspot/direct-deals.yaml' });
  const { stdout } = await project.cli('check', '--json');
  const findings = JSON.parse(stdout).mappings[0].findings as { code: string; level: string; text: string }[];
  const of = (code: string): string | undefined =>
    findings.filter((each) => each.code === code).map(({ level, text }) => `${level}: ${text}`)[0];
  expect(of('connection')).toBe('ok: HubSpot account 4711');
  expect(of('privileges')).toBe('warning: the login may also crm.objects.deals.write; reading is enough');
  expect(of('cursor-layout')).toContain('some moments after');
  expect(of('costs')).toMatch(/^ok: \d+ of 250,000 requests of today are used/);
  expect(of('next-run')).toContain('about 1 row');
});

it('init makes a project of an account, with the token in .env alone', async () => {
  const { hubspot } = await open({ deals: 'hubspot/direct-deals.yaml' });
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-init-hubspot-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const from = `hubspot://:${HUBSPOT_TOKEN}@${new URL(hubspot.url).host}`;
  const made = await runCli(['init', '--from', from, '--table', 'contacts'], { cwd: dir });
  expect([made.stderr, made.code]).toEqual(['', 0]);
  const [file] = /mappings\/[\w-]+\.yaml/.exec(made.stdout) ?? [];
  const mapping = readFileSync(join(dir, file ?? ''), 'utf8');
  expect(mapping).toMatch(/table: contacts/);
  expect(mapping).toMatch(/primary_key: hs_object_id/);
  expect(mapping).toMatch(/column: lastmodifieddate/);
  expect(mapping).toMatch(/em: =email/);
  expect(readFileSync(join(dir, 'config.yaml'), 'utf8')).not.toContain(HUBSPOT_TOKEN);
  expect(readFileSync(join(dir, '.env'), 'utf8')).toContain(HUBSPOT_TOKEN);
  const validated = await runCli(['validate'], { cwd: dir, env: { META_ACCESS_TOKEN: 'x' } });
  expect(validated.stderr).not.toContain('error');
});
