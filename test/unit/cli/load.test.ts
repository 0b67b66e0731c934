import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadAll } from '../../../src/cli/load.ts';
import { formatDiagnostics } from '../../../src/config/diagnostic.ts';

/** Expressions are checked when the files are loaded: each problem at its own place within the text. */

const CONFIG = `version: 1
connections: { shop: { connector: sqlite, filename: shop.db } }
destinations: { main: { dataset_id: "1234567890", access_token: "\${PATH}" } }
`;

const MAPPING = `version: 1
name: orders
source:
  connection: shop
  table: orders
  primary_key: id
  timezone: UTC
  cursor: { column: updated_at }
filter: =status = "paid"
consent: { require: '=lowr(opt_in) == "yes"' }
event:
  event_name: Purchase
  event_time: =paid_at
  event_id: ="order-" + 7 + id
  action_source: physical_store
  user_data:
    em: [=email, "=trim(second_email, 3)"]
    ph: |
      =phone +
    fn: =row[name]
  custom_data:
    value: "=a ? 1 : 'x'"
    currency: =
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capi-sync-load-'));
  mkdirSync(join(folder, 'mappings'));
  writeFileSync(join(folder, 'config.yaml'), CONFIG);
  writeFileSync(join(folder, 'mappings/orders.yaml'), MAPPING);
});
afterAll(() => rmSync(folder, { recursive: true }));

const load = async () => {
  const { diagnostics, project, sources } = await loadAll(join(folder, 'config.yaml'));
  const found = diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);
  return { found, project, printed: formatDiagnostics(diagnostics, sources, { color: false }) };
};

it('names an empty expression too, where it stands', async () => {
  const { found, project } = await load();
  expect(found.at(-1)).toBe('23:15 expression-syntax');
  expect(project).toBeUndefined();
});

it('names every expression that cannot be read, with its line and column', async () => {
  writeFileSync(join(folder, 'mappings/orders.yaml'), MAPPING.replace('    currency: =\n', '    currency: usd\n'));
  const { found, printed } = await load();
  expect(found).toEqual(['9:17 expression-syntax', '19:14 expression-syntax', '20:10 expression-type']);
  expect(printed).not.toMatch(/^\s+at /m);
});

it('names functions and types that do not fit once all can be read', async () => {
  const readable = MAPPING.replace('    currency: =\n', '')
    .replace('=status = "paid"', '=status == "paid"')
    .replace('=phone +', '=phone')
    .replace('=row[name]', '=row["name"]');
  writeFileSync(join(folder, 'mappings/orders.yaml'), readable);
  const { found, printed } = await load();
  expect(found).toEqual([
    '10:23 unknown-function',
    '14:14 expression-type',
    '17:20 expression-type',
    '22:14 expression-type',
  ]);
  expect(printed).toContain('did you mean "lower"?');
  expect(printed).not.toMatch(/^\s+at /m);
});
