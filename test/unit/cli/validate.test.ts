import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validate } from '../../../src/cli/commands/validate.ts';
import { openTerminal } from '../../../src/cli/terminal.ts';

const CONFIG = `version: 1
connections: { shop: { connector: sqlite, filename: shop.db } }
destinations: { main: { dataset_id: "1234567890", access_token: "\${PATH}", pixel_setup: redundant } }
`;
const SOURCE = `version: 1
name: orders
source: { connection: shop, table: orders, primary_key: id, timezone: UTC, cursor: { column: updated_at } }
`;
const CLEAN = `${SOURCE}event:
  event_name: Lead
  event_time: =created_at
  action_source: physical_store
  user_data: { em: =email }
`;
const WARNED = CLEAN.replace('Lead', 'Purchase').concat('  custom_data: { value: =total, currency: =currency }\n');
const FAILED = WARNED.replace('physical_store', 'website\n  event_source_url: =page');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capi-sync-validate-'));
  mkdirSync(join(folder, 'mappings'));
  writeFileSync(join(folder, 'config.yaml'), CONFIG);
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = async (mapping: string, options: { strict?: boolean; json?: boolean } = {}) => {
  writeFileSync(join(folder, 'mappings/orders.yaml'), mapping);
  let text = '';
  const stream = { write: (part: string) => (text += part) };
  const signal = new AbortController().signal;
  const context = {
    configFile: join(folder, 'config.yaml'),
    json: options.json ?? false,
    terminal: openTerminal(stream, stream, { NO_COLOR: '1' }),
    stop: signal,
    abort: signal,
  };
  const exit = await validate(context, [], options.strict === undefined ? {} : { strict: options.strict });
  return { exit, text };
};
const codesOf = (text: string): string[] =>
  (JSON.parse(text) as { diagnostics: { code: string }[] }).diagnostics.map(({ code }) => code);

describe('validate', () => {
  it('is content with a mapping that has no problem, strictly too', async () => {
    expect((await run(CLEAN)).exit).toBe(0);
    expect((await run(CLEAN, { strict: true })).exit).toBe(0);
  });

  it('shows what the linter found, and does not fail for a warning', async () => {
    const { exit, text } = await run(WARNED);
    expect(exit).toBe(0);
    expect(text).toContain('mappings/orders.yaml:5:15  warning  purchase-without-order-id');
    expect(text).toContain('1 warning in config and 1 mapping');
  });

  it('fails for a warning with --strict, and says so as data', async () => {
    expect((await run(WARNED, { strict: true })).exit).toBe(3);
    const { exit, text } = await run(WARNED, { strict: true, json: true });
    expect([exit, (JSON.parse(text) as { valid: boolean }).valid]).toEqual([3, false]);
    expect(codesOf(text)).toEqual(['purchase-without-order-id']);
  });

  it('fails for what contradicts the destination, with the warnings beside it', async () => {
    const { exit, text } = await run(FAILED, { json: true });
    expect(exit).toBe(3);
    expect(codesOf(text).sort()).toEqual([
      'pixel-dedup-missing',
      'purchase-without-order-id',
      'website-without-user-agent',
    ]);
  });
});
