/** Conversion Leads: each change of a lead's stage is one event, whatever else changes in its row; the lead's id arrives digit by digit. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { ensureBuilt } from '../support/built-cli.ts';
import { openFarSide } from '../support/far-side.ts';
import { makeProject, sqlTime } from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

/** Beyond 2^53: as a number it would end in 2. */
const LEAD_ID = '9007199254740993';

/** @param event how an event is named, and when a row has another one: lines of the mapping */
const mappingOf = (name: string, table: string, primaryKey: string, event = BY_NAME): string => `version: 1
name: ${name}
source:
  connection: shop
  table: ${table}
  primary_key: ${primaryKey}
  timezone: UTC
  cursor: { column: changed_at, start: 30d, lag: 0s }
destination: main
${event}
  event_time: =changed_at
  action_source: system_generated
  user_data: { lead_id: =lead_id, em: =email }
  custom_data: { event_source: crm, lead_event_source: HubSpot }
`;

const BY_NAME = `event:
  event_name: =stage`;

const setUp = async (name: string, table: string, primaryKey: string, event?: string) => {
  const farSide = await openFarSide();
  const project = makeProject({ baseUrl: farSide.url });
  onTestFinished(async () => {
    project.remove();
    await farSide.close();
  });
  writeFileSync(join(project.dir, 'mappings', `${name}.yaml`), mappingOf(name, table, primaryKey, event));
  project.sql(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY, lead_id TEXT, email TEXT, stage TEXT, changed_at TEXT)`);
  const sent = async (): Promise<number> => {
    const { stdout } = await project.cli(['run', name, '--json']);
    return JSON.parse(stdout).runs[0].sent;
  };
  return { farSide, project, sent };
};
const hoursAgo = (hours: number): string => sqlTime(Date.now() - hours * 3_600_000);

it('of a table of leads: a new stage is sent once, any other change not at all', async () => {
  const { farSide, project, sent } = await setUp('leads', 'leads', 'id');
  const stageIs = (stage: string, hours: number): void =>
    project.sql('UPDATE leads SET stage = ?, changed_at = ? WHERE id = 1', stage, hoursAgo(hours));
  project.sql('INSERT INTO leads VALUES (1, ?, ?, ?, ?)', LEAD_ID, 'ada@example.com', 'raw lead', hoursAgo(9));
  expect(await sent()).toBe(1);
  stageIs('qualified', 8);
  expect(await sent()).toBe(1);
  project.sql("UPDATE leads SET email = 'ada.l@example.com' WHERE id = 1");
  stageIs('qualified', 7);
  expect(await sent()).toBe(0);
  stageIs('won', 6);
  expect(await sent()).toBe(1);
  const events = farSide.events();
  expect(events.map((event) => event.event_name)).toEqual(['raw lead', 'qualified', 'won']);
  expect(new Set(events.map((event) => event.event_id)).size).toBe(3);
  expect(events.map((event) => String(event.user_data?.lead_id))).toEqual([LEAD_ID, LEAD_ID, LEAD_ID]);
});

it('of a history of stages: every stage is sent, also those that came and went between two runs', async () => {
  const { farSide, project, sent } = await setUp('lead-history', 'lead_history', 'id');
  for (const [n, stage] of ['raw lead', 'contacted', 'qualified', 'contacted'].entries())
    project.sql(
      'INSERT INTO lead_history VALUES (?, ?, ?, ?, ?)',
      n,
      LEAD_ID,
      'ada@example.com',
      stage,
      hoursAgo(9 - n),
    );
  expect(await sent()).toBe(4);
  expect(await sent()).toBe(0);
  expect(farSide.events().map((event) => event.event_name)).toEqual([
    'raw lead',
    'contacted',
    'qualified',
    'contacted',
  ]);
});

it('with emit on_change, also where all stages have one name: a value that comes back is not a new one', async () => {
  const emit = `emit: { on_change: [stage] }\nevent:\n  event_name: LeadStageReached`;
  const { farSide, project, sent } = await setUp('leads', 'leads', 'id', emit);
  const change = (set: string, hours: number): void =>
    project.sql(`UPDATE leads SET ${set}, changed_at = ? WHERE id = 1`, hoursAgo(hours));
  project.sql('INSERT INTO leads VALUES (1, ?, ?, ?, ?)', LEAD_ID, 'ada@example.com', 'raw lead', hoursAgo(9));
  expect(await sent()).toBe(1);
  change("stage = 'qualified'", 8);
  expect(await sent()).toBe(1);
  change("email = 'ada.l@example.com'", 7);
  expect(await sent()).toBe(0);
  change("stage = 'raw lead'", 6);
  expect(await sent()).toBe(0);
  const events = farSide.events();
  expect(events.map((event) => event.event_name)).toEqual(['LeadStageReached', 'LeadStageReached']);
  expect(new Set(events.map((event) => event.event_id)).size).toBe(2);
});

it('with emit on_change of the stage and its time, a stage that comes back is sent again', async () => {
  const emit = `emit: { on_change: [stage, changed_at] }\nevent:\n  event_name: =stage`;
  const { farSide, project, sent } = await setUp('leads', 'leads', 'id', emit);
  for (const [n, stage] of ['raw lead', 'contacted', 'raw lead'].entries()) {
    if (n === 0)
      project.sql('INSERT INTO leads VALUES (1, ?, ?, ?, ?)', LEAD_ID, 'ada@example.com', stage, hoursAgo(9));
    else project.sql('UPDATE leads SET stage = ?, changed_at = ? WHERE id = 1', stage, hoursAgo(9 - n));
    expect(await sent()).toBe(1);
  }
  expect(await sent()).toBe(0);
  expect(new Set(farSide.events().map((event) => event.event_id)).size).toBe(3);
});
