import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needsRestart, problemLines, readFiles } from '../../../src/cli/read-files.ts';
import { temporaryFolder } from '../../support/temporary-state.ts';

/** What `start` knows of its files: those to look at, their problems, and which settings a running process cannot change. */

const CONFIG = `version: 1
state: { filename: state.db }
connections: { shop: { connector: sqlite, filename: shop.db } }
destinations: { main: { dataset_id: "1234567890", access_token: "\${PATH}" } }
server: { listen: "127.0.0.1:8080" }
`;
const MAPPING = `version: 1
name: orders
source: { connection: shop, table: orders, primary_key: id, timezone: UTC, cursor: { column: updated_at } }
event:
  event_name: Purchase
  event_time: =paid_at
  action_source: system_generated
  user_data: { em: =email }
  custom_data: { value: =total, currency: EUR, order_id: =order_no }
`;

let place: ReturnType<typeof temporaryFolder>;
const path = (name: string): string => join(place.folder, name);
const read = async (config = CONFIG, mapping = MAPPING) => {
  writeFileSync(path('config.yaml'), config);
  writeFileSync(path('mappings/orders.yaml'), mapping);
  return readFiles(path('config.yaml'));
};
beforeEach(() => {
  place = temporaryFolder();
  mkdirSync(path('mappings'));
});
afterEach(() => place.remove());

describe('the files of a service', () => {
  it('are all that were read, and .env, which may come', async () => {
    const { project, files } = await read();
    expect(project?.mappings.map(({ name }) => name)).toEqual(['orders']);
    expect([...files].sort()).toEqual([path('.env'), path('config.yaml'), path('mappings/orders.yaml')]);
  });

  it('with an error give no project, and say where; they are looked at all the same', async () => {
    const { project, diagnostics, files } = await read(CONFIG, MAPPING.replace('event_name', 'evnt_name'));
    expect(project).toBeUndefined();
    const { problems, count } = problemLines(diagnostics);
    expect(count).toBe(problems.length);
    expect(problems.join('\n')).toMatch(/mappings\/orders\.yaml:\d+:\d+ unknown-key /);
    expect(files).toContain(path('mappings/orders.yaml'));
  });

  it('say which changes wait for a restart', async () => {
    const before = (await read()).project?.project;
    const waiting = async (config: string) => {
      const now = (await read(config)).project?.project;
      if (!before || !now) throw new Error('the files of the test do not load');
      return needsRestart(before, now);
    };
    expect(await waiting(CONFIG)).toEqual([]);
    expect(await waiting(`${CONFIG}scheduler: { concurrency: 1 }\n`)).toEqual([]);
    expect(await waiting(CONFIG.replace('8080', '8081'))).toEqual(['server.listen']);
    expect(await waiting(CONFIG.replace('state.db', 'other.db'))).toEqual(['state']);
  });
});
