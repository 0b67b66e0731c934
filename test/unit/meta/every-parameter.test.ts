import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MetaEvent } from '../../../src/meta/event.ts';
import { checkEvent } from '../../../src/meta/event-rules.ts';
import { type JsonType, PARAMETERS, type Parameter } from '../../../src/meta/parameters.ts';
import { checkEvents } from '../../../src/sandbox/check-events.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/start-sandbox.ts';
import { bindForTest, mappingFile } from '../../support/bind-for-test.ts';
import { goodEvent, type Json, NOW, NOW_SECONDS, postEvents } from '../sandbox/post-events.ts';

/** Each row of the tables: a mapping can set it, our rules know its type, and the sandbox, which does not know our tables, takes it. */

/** Keys whose example needs more around it have tests of their own. */
const APART = new Set(['action_source', 'user_data', 'event_time', 'event_name', 'custom_data', 'app_data']);
const PATHS: Readonly<Record<string, readonly string[]>> = {
  event: [],
  custom_data: ['custom_data'],
  'custom_data.store_data': ['custom_data', 'store_data'],
  app_data: ['app_data'],
  original_event_data: ['original_event_data'],
  attribution_data: ['attribution_data'],
  'attribution_data.attribution_setting': ['attribution_data', 'attribution_setting'],
};
const rows = Object.entries(PATHS).flatMap(([table, path]) =>
  Object.entries(PARAMETERS[table as keyof typeof PARAMETERS] as Record<string, Parameter>)
    .filter(([key]) => table !== 'event' || !APART.has(key))
    .map(([key, row]) => [`${table}.${key}`, [...path, key], row] as const),
);

const at = (path: readonly string[], value: unknown): Json =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Json;
const held = (event: unknown, path: readonly string[]): unknown =>
  path.reduce((value, key) => (value as Json | undefined)?.[key], event);

/** What a parameter needs beside it to mean anything. */
const beside = (path: readonly string[]): Json => {
  const [first = '', key = ''] = path;
  if (first === 'data_processing_options')
    return { data_processing_options_country: 0, data_processing_options_state: 0 };
  if (first !== 'custom_data') return {};
  if (key === 'value') return { custom_data: { currency: 'EUR' } };
  if (key === 'event_source') return { custom_data: { lead_event_source: 'CRM' } };
  return key === 'lead_event_source' ? { custom_data: { event_source: 'crm' } } : {};
};
const lead = (path: readonly string[], value: unknown): Json => {
  const around = beside(path);
  const change = at(path, value);
  const custom_data = { ...(around.custom_data as Json), ...(change.custom_data as Json) };
  return {
    ...around,
    ...change,
    event_name: 'Lead',
    action_source: 'system_generated',
    ...(path[0] === 'custom_data' ? { custom_data } : {}),
  };
};

/** app_data's own needs are asked only of app events; its example stands for what else is in it. */
const WRONG: Readonly<Record<JsonType, unknown>> = {
  string: 7,
  number: '7',
  integer: 1.5,
  boolean: 'true',
  flag: 'yes',
  'unix-time': '2026-11-20',
  'string-list': 'a',
  'number-list': ['a'],
  object: 'a',
  'object-list': 'a',
};

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => NOW });
});
afterAll(() => sandbox.close());

describe.each(rows)('%s', (_name, path, row) => {
  const example =
    row.type === 'string-list' && row.length ? ['i2', '', '', '', '18.1', ...Array(11).fill('')] : row.example;

  it('is set by a mapping as it is written there', () => {
    const { event_name: _n, action_source: _a, ...mapped } = lead(path, example);
    const { map } = bindForTest(mappingFile({}, mapped));
    const result = map({ id: '1', at: '2026-11-23 10:00:00', email: 'ada@example.com' });
    if (result.kind !== 'event') throw new Error(JSON.stringify(result));
    expect(held(JSON.parse(result.json), path)).toEqual(example);
  });

  it('passes our rules and those of the sandbox', async () => {
    const event = goodEvent({ custom_data: undefined, ...lead(path, example) });
    expect(checkEvent(event as unknown as MetaEvent, NOW_SECONDS)).toBeUndefined();
    expect((await postEvents(sandbox, [event])).text).toContain('"events_received":1');
  });

  it('of another type is rejected, and its path is named', () => {
    const event = goodEvent({ custom_data: undefined, ...lead(path, WRONG[row.type]) });
    const problem = checkEvent(event as unknown as MetaEvent, NOW_SECONDS);
    expect(problem).toBeDefined();
    expect((problem as { field: string }).field.startsWith(path.join('.'))).toBe(true);
  });
});

describe('an event that passes our rules', () => {
  /** What columns come to hold. Null is not among them: the transform never leaves one in an event. */
  const odd: readonly unknown[] = [
    ...['', ' ', 'x', '7', 'EUR', 'Eur', 'crm', 'messenger', 'http://', 'https://a b', 'https://ä.example/x?y'],
    ...[0, 1, -1, 1.5, 1013, 1014, 1e12, true, false],
    ...[[], {}, [1], [''], ['x'], ['LDU'], ['LDU', 'LDU'], [[]], [{}], [{ id: 'a' }], [{ id: 5 }], [{ id: ' ' }]],
  ];
  const sources = ['website', 'app', 'physical_store', 'system_generated', 'business_messaging', 'other'];
  const base = (action_source: string): Json =>
    goodEvent({
      action_source,
      event_source_url: 'https://shop.example/',
      messaging_channel: 'messenger',
      user_data: { page_id: '1', page_scoped_user_id: '2' },
      app_data: { advertiser_tracking_enabled: 1, extinfo: ['a2', '', '', '', '15', ...Array(11).fill('')] },
    });
  const changed = (event: unknown, [key, ...rest]: readonly string[], value: unknown): unknown =>
    key === undefined ? value : { ...(event as Json), [key]: changed((event as Json | undefined)?.[key], rest, value) };

  it.each(rows)('passes those of the sandbox too, whatever %s holds', (_name, path) => {
    for (const source of sources)
      for (const value of odd) {
        const event = changed(base(source), path, value) as Json;
        if (checkEvent(event as unknown as MetaEvent, NOW_SECONDS) !== undefined) continue;
        expect([source, value, checkEvents([event], NOW)]).toEqual([source, value, { events: [event] }]);
      }
  });
});
