/** Salesforce to Meta, as a user runs it: 50,000 leads that change while they are read, stages of leads, wrong credentials, check and init. jsforce against the stand-in, events to the sandbox. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_RETRY } from '../../src/load/retry.ts';
import type { SandboxEvent } from '../../src/sandbox/start-sandbox.ts';
import { ensureBuilt, runCli } from '../support/built-cli.ts';
import { type FarSide, openFarSide } from '../support/far-side.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { recordId } from '../support/salesforce-ids.ts';
import { instantText, openOrg, type Transaction } from '../support/salesforce-org.ts';
import {
  type Fault,
  type SalesforceServer,
  type ServerSettings,
  startSalesforce,
} from '../support/salesforce-server.ts';
import { CLIENT_ID, CLIENT_SECRET, USERNAME } from '../support/salesforce-tokens.ts';
import { DATASET, TOKEN } from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

const SECOND = 1_000;

/** The org's clock: minutes behind ours, as much as a run bears, so that the tests can move it on and no event lies in the future. */
const orgClock = () => {
  let moved = -580 * SECOND;
  return {
    now: () => Date.now() + moved,
    move: (ms: number) => {
      moved += ms;
    },
  };
};

/** Longer than the lag, and than the minute by which Salesforce tells what is complete. */
const UNTIL_READ = 75 * SECOND;

type Project = {
  readonly dir: string;
  readonly stateFile: string;
  readonly cli: (...args: string[]) => ReturnType<typeof runCli>;
};

/** A folder with a connection to the stand-in. `options` are lines of the connection. */
const makeProject = (server: SalesforceServer, farSide: FarSide, options = ''): Project => {
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-salesforce-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'mappings'));
  writeFileSync(
    join(dir, 'config.yaml'),
    `version: 1
state: { filename: state.db }
connections:
  crm:
    connector: salesforce
    login_url: ${server.url}
    client_id: ${CLIENT_ID}
    client_secret: \${SALESFORCE_SECRET}
${options}
destinations:
  main:
    dataset_id: "${DATASET}"
    access_token: \${META_ACCESS_TOKEN}
    pixel_setup: server_only
    base_url: ${farSide.url}
mappings: [mappings/*.yaml]
`,
  );
  const env = { META_ACCESS_TOKEN: TOKEN, SALESFORCE_SECRET: CLIENT_SECRET, CRM_CURRENCY: 'USD' };
  return { dir, stateFile: join(dir, 'state.db'), cli: (...args) => runCli(args, { cwd: dir, env }) };
};

const openBoth = async (settings: ServerSettings, onEvent: (event: SandboxEvent) => void = () => undefined) => {
  const farSide = await openFarSide({
    refuse: (event) => {
      onEvent(event);
      return undefined;
    },
  });
  const server = await startSalesforce(settings);
  onTestFinished(async () => {
    await server.close();
    await farSide.close();
  });
  return { farSide, server };
};

/** Throttled, away for a moment, signed out: by the number of the request. */
const troubles = (n: number): Fault =>
  n % 19 === 0 ? 'busy' : n % 29 === 0 ? 'unavailable' : n % 11 === 0 ? 'expire' : undefined;

const STATUSES = ['New', 'Qualified', 'Won'];
const LEADS = 50_000;

describe.each([
  ['by short queries', '    bulk_from: 1000000', 'pages'],
  ['by Bulk API 2.0', '    bulk_from: 5000', 'bulk'],
] as const)('50,000 leads that change while they are read, throttled and signed out, %s', (_, options, way) => {
  it('are all sent, none of them twice', { timeout: 900_000 }, async () => {
    const clock = orgClock();
    const org = openOrg(clock.now);
    const ids: string[] = [];
    for (let n = 0; n < LEADS; n += 1) {
      // Forty to a second: pages end within one.
      const at = instantText(clock.now() - 2 * 3_600 * SECOND + Math.floor(n / 40) * SECOND);
      const id = recordId('00Q', 1_000_000 + n);
      org.load('Lead', {
        Id: id,
        LastName: `Lead ${n}`,
        Email: `lead${n}@example.com`,
        Status: 'New',
        SystemModstamp: at,
      });
      ids.push(id);
    }
    let isLive = true;
    let step = 0;
    let late: Transaction | undefined;
    let lateId = '';
    let changes = 0;
    /** With each request: a second goes by, leads change and are made, and every so often a transaction commits long after its first change. */
    const live = (): void => {
      step += 1;
      if (!isLive) return;
      if (step <= 400) clock.move(SECOND);
      for (let n = 0; n < 60; n += 1) {
        const id = ids[(step * 7_919 + n * 104_729) % ids.length]!;
        const status = String(org.records('Lead').get(id)?.Status);
        org.update('Lead', id, {
          Status: STATUSES[Math.min(2, STATUSES.indexOf(status) + 1)]!,
          Company: `change ${step}`,
        });
        changes += 1;
      }
      ids.push(org.insert('Lead', { LastName: 'Made meanwhile', Email: `new${step}@example.com`, Status: 'New' }));
      if (step % 25 === 5) {
        late = org.begin();
        lateId = late.insert('Lead', { LastName: 'Committed late', Email: `late${step}@example.com`, Status: 'New' });
      }
      if (step % 25 === 24 && late !== undefined) {
        late.commit();
        ids.push(lateId);
        late = undefined;
      }
    };
    /** Id of a lead → the statuses under which it arrived. */
    const byLead = new Map<string, Set<string>>();
    const { farSide, server } = await openBoth(
      { org, before: live, fault: troubles, batch: 1_000 },
      ({ custom_data, event_name }) => {
        const lead = String(custom_data?.order_id);
        byLead.set(lead, new Set(byLead.get(lead)).add(String(event_name)));
      },
    );
    const project = makeProject(server, farSide, options);
    writeFileSync(join(project.dir, '.env'), `META_ACCESS_TOKEN=${TOKEN}\n`);
    writeFileSync(
      join(project.dir, 'mappings/leads.yaml'),
      `version: 1
name: leads
source:
  connection: crm
  table: Lead
  primary_key: Id
  cursor: { column: SystemModstamp, start: 7d, lag: 5s, lookback: 10m }
destination: main
emit: { on_change: [Status] }
event:
  event_name: =Status
  event_time: =SystemModstamp
  action_source: system_generated
  user_data: { em: =Email }
  custom_data: { event_source: crm, lead_event_source: Salesforce, order_id: =Id }
dedup: { key: event_id, window: 28d }
`,
    );
    process.env.SALESFORCE_SECRET = CLIENT_SECRET;
    onTestFinished(() => void delete process.env.SALESFORCE_SECRET);
    const runs = [];
    const run = async (): Promise<void> => {
      const { error, counts } = await runInProcess(project, DEFAULT_RETRY);
      expect(error).toBeUndefined();
      runs.push(counts);
    };
    for (let n = 0; n < 5; n += 1) await run();
    late?.commit();
    if (late !== undefined) ids.push(lateId);
    isLive = false;
    clock.move(UNTIL_READ);
    await run();
    await run();

    const lost = ids.filter((id) => !byLead.get(id)?.has(String(org.records('Lead').get(id)?.Status)));
    expect(lost).toEqual([]);
    expect(farSide.repeats()).toBe(0);
    expect(farSide.stats()).toMatchObject({ duplicates: 0 });
    expect(byLead.size).toBe(ids.length);
    expect(server.signIns()).toBeGreaterThan(5);
    expect(server.bulkJobs().length > 0).toBe(way === 'bulk');
    expect(changes).toBeGreaterThan(1_000);
  });
});

it('lead stages New, Qualified, Won are three events, with lead_id and as Conversion Leads wants them', async () => {
  const clock = orgClock();
  const { farSide, server } = await openBoth({ org: openOrg(clock.now) });
  const project = makeProject(server, farSide);
  copyFileSync(
    join(import.meta.dirname, '../../mappings/salesforce/direct-leads.yaml'),
    join(project.dir, 'mappings/leads.yaml'),
  );
  const sent = async (): Promise<number> => {
    clock.move(UNTIL_READ);
    const { stdout } = await project.cli('run', '--json');
    return JSON.parse(stdout).runs[0].sent;
  };
  const lead = server.org.insert('Lead', {
    LastName: 'Hill',
    Email: 'grace.hill@example.com',
    Status: 'New',
    LeadSource: 'Facebook',
    Meta_Lead_ID__c: '9007199254740993', // beyond 2^53: as a number it would end in 2
  });
  expect(await sent()).toBe(1);
  server.org.update('Lead', lead, { Status: 'Qualified' });
  expect(await sent()).toBe(1);
  server.org.update('Lead', lead, { Email: 'grace@example.com' });
  expect(await sent()).toBe(0);
  server.org.update('Lead', lead, { Status: 'Won' });
  expect(await sent()).toBe(1);
  const events = farSide.events();
  expect(events.map(({ event_name }) => event_name)).toEqual(['New', 'Qualified', 'Won']);
  expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(3);
  for (const { user_data, custom_data, action_source } of events) {
    expect(String(user_data?.lead_id)).toBe('9007199254740993');
    expect(custom_data).toMatchObject({ event_source: 'crm', lead_event_source: 'Salesforce' });
    expect(action_source).toBe('system_generated');
  }
});

it('stages that came and went between two runs are sent too', async () => {
  const clock = orgClock();
  const { farSide, server } = await openBoth({ org: openOrg(clock.now) });
  const project = makeProject(server, farSide);
  copyFileSync(
    join(import.meta.dirname, '../../mappings/salesforce/direct-leads.yaml'),
    join(project.dir, 'mappings/leads.yaml'),
  );
  const lead = server.org.insert('Lead', {
    LastName: 'Hill',
    Email: 'h@example.com',
    Status: 'New',
    LeadSource: 'Facebook',
  });
  for (const Status of ['Contacted', 'Qualified', 'Contacted']) {
    clock.move(30 * SECOND);
    server.org.update('Lead', lead, { Status });
  }
  clock.move(UNTIL_READ);
  await project.cli('run');
  expect(farSide.events().map(({ event_name }) => event_name)).toEqual(['New', 'Contacted', 'Qualified', 'Contacted']);
});

it('wrong credentials and missing rights stop a run with the cure, and nothing is sent', async () => {
  const clock = orgClock();
  const { farSide, server } = await openBoth({ org: openOrg(clock.now), limit: 1_000 });
  const mapping = join(import.meta.dirname, '../../mappings/salesforce/direct-leads.yaml');
  const failed = async (project: Project, secret = CLIENT_SECRET) => {
    copyFileSync(mapping, join(project.dir, 'mappings/leads.yaml'));
    const env = { META_ACCESS_TOKEN: TOKEN, SALESFORCE_SECRET: secret };
    const { code, stdout, stderr } = await runCli(['run', '--json'], { cwd: project.dir, env });
    expect(stdout + stderr).not.toContain(secret);
    return { code, error: JSON.parse(stdout).runs[0].error };
  };
  server.org.insert('Lead', { LastName: 'Hill', Email: 'h@example.com', Status: 'New', LeadSource: 'Facebook' });
  expect(await failed(makeProject(server, farSide), 'WR0NGSECRET')).toMatchObject({
    code: 4,
    error: { code: 'source-login-failed', hint: expect.stringContaining('client_secret') },
  });
  server.setUsed(900);
  expect(await failed(makeProject(server, farSide, '    api_reserve: 500'))).toMatchObject({
    code: 4,
    error: { code: 'source-limit', hint: expect.stringContaining('api_reserve') },
  });
  const refusing = await startSalesforce({ refusesSessions: true });
  onTestFinished(() => refusing.close());
  expect(await failed(makeProject(refusing, farSide))).toMatchObject({
    code: 5,
    error: { code: 'source-permission', hint: expect.stringContaining('API Enabled') },
  });
  expect(farSide.events()).toEqual([]);
});

it('check says what it found: who is signed in, calls of the day, rights', async () => {
  const { farSide, server } = await openBoth({});
  server.org.allowWriting();
  const project = makeProject(server, farSide);
  copyFileSync(
    join(import.meta.dirname, '../../mappings/salesforce/direct-opportunities.yaml'),
    join(project.dir, 'mappings/won.yaml'),
  );
  const { code, stdout: lines } = await project.cli('check');
  const stdout = lines.replaceAll(/\s+/g, ' '); // wrapped at the width of a terminal
  expect(stdout).toContain(`Salesforce API 62.0 as ${USERNAME}`);
  expect(stdout).toContain("of the org's 100,000 API calls of 24 hours are used");
  expect(stdout).toContain('the login may also create, edit and delete; reading is enough');
  expect(stdout).toContain('Object Settings > Opportunity: Read and View All Records, nothing else');
  expect(stdout).toContain('Salesforce indexes SystemModstamp of every object');
  expect(code).toBe(0);
});

it('init --from salesforce://... writes a project that runs', async () => {
  const clock = orgClock();
  const { server } = await openBoth({ org: openOrg(clock.now) });
  server.org.insert('Lead', { LastName: 'Hill', Email: 'h@example.com', Status: 'New' });
  clock.move(UNTIL_READ);
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-salesforce-init-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const url = `salesforce://${CLIENT_ID}:${CLIENT_SECRET}@${server.url.replace('http://', '')}`;
  const made = await runCli(['init', '--from', url, '--table', 'Lead', '--yes', '--json'], { cwd: dir });
  expect(made.code, made.stderr).toBe(0);
  const { mapping } = JSON.parse(made.stdout) as { mapping: string };
  const text = readFileSync(join(dir, `mappings/${mapping}.yaml`), 'utf8');
  expect(text).toContain('table: Lead');
  expect(text).toContain('column: SystemModstamp');
  expect(readFileSync(join(dir, 'config.yaml'), 'utf8')).not.toContain(CLIENT_SECRET);
  expect(existsSync(join(dir, '.env'))).toBe(true);
  const env = { META_DATASET_ID: DATASET, META_ACCESS_TOKEN: TOKEN };
  for (const command of ['validate', 'test', 'preview']) {
    const args = command === 'preview' ? [command, mapping] : [command];
    const { code, stdout, stderr } = await runCli(args, { cwd: dir, env });
    expect(code, `${command}: ${stdout}${stderr}`).toBe(0);
  }
});
