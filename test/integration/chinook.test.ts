import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectorOptions, syncMappings } from '../../src/app.ts';
import { loadProject } from '../../src/config/load-project.ts';
import { parseMapping } from '../../src/mapping/compile-mapping.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import type { RunResult } from '../../src/sync/run-mapping.ts';
import { type ChinookBed, chinookBeds, invoiceTime } from '../support/chinook.ts';

/** The main job on a well-known shop: the same rows of three databases become the same events, each once. */

const NEW = [413, 414, 415];
const hashesByEngine = new Map<string, Map<string, unknown>>();

const mappingOf = (query: string): string => `version: 1
name: invoices
source:
  connection: shop
  query: |
${query.replace(/^/gm, '    ')}
  primary_key: invoice_id
  timezone: UTC
  cursor: { column: updated_at, start: beginning, lag: 60s, lookback: 10m }
event:
  event_name: Purchase
  event_time: =invoice_date
  event_id: ="invoice-" + string(invoice_id)
  action_source: system_generated
  user_data:
    em: =email
    ph: =phone
    fn: =first_name
    ln: =last_name
    ct: =city
    st: =state
    zp: =postal_code
    country: =country
    external_id: =customer_id
  custom_data: { value: =total, currency: usd, order_id: =invoice_id }
`;

describe.each(Object.keys(chinookBeds))('Chinook on %s', (engine) => {
  const now = Date.now();
  let folder: string;
  let sandbox: Sandbox;
  let bed: ChinookBed;

  const sync = async (): Promise<RunResult> => {
    const options = await connectorOptions();
    const { project, diagnostics } = await loadProject({
      configFile: join(folder, 'config.yaml'),
      cwd: folder,
      environment: { TOKEN: 'a-token-of-the-sandbox', SHOP_URL: bed.url },
      connectorOptions: (name) => options.get(name),
    });
    expect(diagnostics).toEqual([]);
    const mappings = project!.mappings.map((loaded) => parseMapping(loaded.mapping).mapping);
    const never = new AbortController().signal;
    const [result] = await syncMappings(project!, mappings, { stop: never, abort: never, onProgress: () => undefined });
    return result!;
  };

  beforeAll(async () => {
    inject('postgresUrl');
    folder = await mkdtemp(join(tmpdir(), 'capi-sync-chinook-'));
    sandbox = await startSandbox({ keepEvents: Number.POSITIVE_INFINITY });
    bed = await chinookBeds[engine]!(folder, now);
    await mkdir(join(folder, 'mappings'));
    await writeFile(join(folder, 'mappings/invoices.yaml'), mappingOf(bed.query));
    await writeFile(
      join(folder, 'config.yaml'),
      `version: 1\nconnections: { shop: ${bed.connection} }\ndestinations: { main: { dataset_id: "1234567890", access_token: "\${TOKEN}", base_url: "${sandbox.url}" } }\n`,
    );
  });

  afterAll(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('makes 412 invoices 412 accepted Purchase events', async () => {
    const result = await sync();
    expect(result.error).toBeUndefined();
    expect(result.counts).toMatchObject({
      read: 412,
      sent: 412,
      duplicate: 0,
      rejected: 0,
      filtered: 0,
      expired: 0,
      requests: 1,
    });
    expect(sandbox.stats()).toMatchObject({
      eventsUnique: 412,
      duplicates: 0,
      byEventName: { Purchase: { count: 412 } },
    });
    hashesByEngine.set(
      engine,
      new Map(
        sandbox
          .events()
          .map((event) => [String(event.event_id), [event.event_time, event.user_data, event.custom_data]]),
      ),
    );
  });

  it('sends nothing in a second run', async () => {
    const result = await sync();
    expect(result.counts).toMatchObject({ sent: 0, rejected: 0, requests: 0 });
  });

  it('sends no duplicate after five invoices were updated', async () => {
    const [table, column, id] =
      engine === 'postgres' ? ['invoice', 'updated_at', 'invoice_id'] : ['Invoice', 'UpdatedAt', 'InvoiceId'];
    await bed.run(
      `UPDATE ${table} SET ${column} = '${invoiceTime(412, now + 120_000)}' WHERE ${id} IN (3, 50, 111, 222, 400)`,
    );
    const result = await sync();
    expect(result.counts).toMatchObject({ sent: 0, rejected: 0, requests: 0 });
    expect(result.counts.duplicate).toBeGreaterThanOrEqual(5);
  });

  it('sends exactly three new invoices', async () => {
    const [table, columns] =
      engine === 'postgres'
        ? ['invoice', 'invoice_id, customer_id, total, invoice_date, updated_at']
        : ['Invoice', 'InvoiceId, CustomerId, Total, InvoiceDate, UpdatedAt'];
    const time = invoiceTime(412, now + 180_000);
    await bed.run(
      `INSERT INTO ${table} (${columns}) VALUES ${NEW.map((id) => `(${id}, 5, 9.99, '${time}', '${time}')`).join(', ')}`,
    );
    const result = await sync();
    expect(result.counts).toMatchObject({ sent: 3, rejected: 0 });
    expect(
      sandbox
        .events()
        .slice(-3)
        .map((event) => event.event_id)
        .sort(),
    ).toEqual(NEW.map((id) => `invoice-${id}`));
    expect(sandbox.stats()).toMatchObject({ eventsUnique: 415, duplicates: 0, tokenInUrl: 0 });
  });
});

it('gives the same times, hashes and values from each database', () => {
  const [first, ...others] = [...hashesByEngine.values()];
  expect(hashesByEngine.size).toBe(3);
  expect(first?.size).toBe(412);
  for (const other of others) expect(other).toEqual(first);
});
