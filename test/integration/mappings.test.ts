/** Every shipped mapping does what its README says: valid, its own tests pass, and a sync from a real database sends what it should, once. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { openSource } from '../../src/app.ts';
import { checkSource } from '../../src/check/check-mapping.ts';
import { loadAll } from '../../src/cli/load.ts';
import { DEFAULT_RETRY } from '../../src/load/retry.ts';
import { runTests } from '../../src/mapping-tests/run-tests.ts';
import type { SandboxEvent } from '../../src/sandbox/start-sandbox.ts';
import { type FarSide, openFarSide } from '../support/far-side.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { TOKEN } from '../support/sync-project.ts';
import { expectedOf, MAPPINGS, type MappingBed, openMappingBed, shippedMappings } from './mappings-beds.ts';

/** The shop of the demo is written by the program itself: test/unit/demo and `capi-sync demo` run it. Those that read HubSpot itself: hubspot-commands.test.ts. */
const ELSEWHERE = ['demo-shop', 'hubspot/direct-contacts', 'hubspot/direct-deal-stages', 'hubspot/direct-deals'];

/** One event on one line, without what differs from run to run: its age in hours is written, its time is not. */
const lineOf = (event: SandboxEvent, now: number): string => {
  const { value, currency, order_id, contents } = event.custom_data ?? {};
  const parts = [
    event.event_name,
    String(event.event_id).replace(/-\d{13}$/, '-<ms>'),
    `${Math.round((now / 1000 - event.event_time) / 3600)}h`,
    event.action_source,
    event.event_source_url,
    value === undefined ? undefined : `${value} ${currency}`,
    order_id === undefined ? undefined : `order ${order_id}`,
    Array.isArray(contents) ? `${contents.length} contents` : undefined,
  ];
  const keys = Object.keys(event.user_data ?? {}).sort();
  return `${parts.filter((part) => part !== undefined).join(', ')}: ${keys.join(' ')}`;
};

/** Of a wall clock: how long ago it was depends on summer and winter. */
const withoutAge = (line: string): string => line.replace(/, \d+h, /, ', ');

it('are each named in the README of their folder, and each folder in the one above', () => {
  const readme = (folder: string): string => readFileSync(join(MAPPINGS, folder, 'README.md'), 'utf8');
  for (const name of shippedMappings()) {
    const [folder, file] = name.includes('/') ? name.split('/') : ['', name];
    expect(readme(folder ?? '')).toContain(`${file}.yaml`);
    expect(readme('')).toContain(folder === '' ? `${file}.yaml` : `(${folder}/README.md)`);
  }
});

describe.each(shippedMappings().filter((name) => !ELSEWHERE.includes(name)))('%s', (name) => {
  const expected = expectedOf(name);
  const sent = expected.events.length;
  let farSide: FarSide;
  let bed: MappingBed;
  beforeAll(async () => {
    inject('postgresUrl');
    for (const [key, value] of Object.entries({
      SHOP_URL: 'https://shop.example.com/',
      CRM_CURRENCY: 'USD',
      META_ACCESS_TOKEN: TOKEN,
    }))
      vi.stubEnv(key, value);
    farSide = await openFarSide();
    bed = await openMappingBed(name, farSide.url);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await bed.remove();
    await farSide.close();
  });

  it('is valid, and its own tests pass: an event, an edge and a skip', async () => {
    const { mappings, diagnostics } = await loadAll(join(bed.dir, 'config.yaml'));
    expect(diagnostics.map(({ code, line, message }) => ({ code, line, message }))).toEqual(
      expected.warnings.map((code) => expect.objectContaining({ code })),
    );
    const [mapping] = mappings;
    const results = mapping ? runTests(mapping, Math.floor(Date.now() / 1000)) : [];
    expect(results.filter(({ passed, unread }) => !passed || unread.length > 0)).toEqual([]);
    const tests = mapping?.file.tests ?? [];
    expect(tests.some(({ event }) => event !== undefined)).toBe(true);
    expect(tests.some(({ skipped }) => skipped !== undefined)).toBe(true);
    expect(tests.length).toBeGreaterThanOrEqual(3);
  });

  it('passes `check` on its tables: every column is there, and the key tells the rows apart', async () => {
    const { project, mappings } = await loadAll(join(bed.dir, 'config.yaml'));
    const [mapping] = mappings;
    if (!project || !mapping) throw new Error('the mapping does not load');
    const source = await openSource(project, mapping);
    try {
      const findings = await checkSource(mapping, { source, checkpoint: undefined, now: Date.now });
      // The tests log in as the administrator, who may of course do more than read.
      expect(findings.filter(({ code, level }) => level !== 'ok' && code !== 'privileges')).toEqual([]);
    } finally {
      await source.close();
    }
  });

  it('sends what it should, and every event is accepted', async () => {
    const { error, counts } = await runInProcess(bed, DEFAULT_RETRY);
    expect(error).toBeUndefined();
    const { filtered, expired, duplicate } = expected;
    const read = sent + filtered + expired + duplicate;
    expect(counts).toMatchObject({ read, sent, filtered, expired, duplicate, rejected: 0, requests: 1 });
    const lines = farSide.events().map((event) => lineOf(event, Date.now()));
    expect(expected.wallClock ? lines.map(withoutAge) : lines).toEqual(expected.events);
    expect(farSide.stats()).toMatchObject({ eventsUnique: sent, duplicates: 0 });
  });

  it('sends nothing in a second run, though rows were touched, refunded and cancelled in between', async () => {
    await bed.later();
    const { error, counts } = await runInProcess(bed, DEFAULT_RETRY);
    expect(error).toBeUndefined();
    expect(counts).toMatchObject({ sent: 0, rejected: 0, requests: 0 });
    expect(counts.read).toBeGreaterThanOrEqual(expected.touched);
    expect(farSide.stats()).toMatchObject({ eventsUnique: sent, duplicates: 0 });
  });
});
