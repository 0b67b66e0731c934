// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
/** `validate --fix` and `--format sarif`, over files on disk. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv, type AnySchema } from 'ajv';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ValidateOptions, validate } from '../../../src/cli/commands/validate.ts';
import { openTerminal } from '../../../src/cli/terminal.ts';

const CONFIG = `version: 1
connections: { shop: { connector: sqlite, filename: shop.db } } # where rows are
destinations:
  main: { dataset_id: "1234567890", acces_token: "\${PATH}" }
`;
/** Comments, blank lines, quotes and flow maps are the author's, and stay. */
const MAPPING = `version: 1
name: orders   # the key of its ledger

source: { connection: shpo, table: orders, primary_key: id, timezone: UTC, cursor: { column: updated_at } }
evnt:
  event_name: Lead
  event_time: =paid_ms     # when it was paid
  action_source: "phisical_store"
  user_data:
    email: 'email'
    zp: 01234
`;
const FIXED = MAPPING.replace('shpo', 'shop')
  .replace('evnt:', 'event:')
  .replace('=paid_ms ', '=paid_ms / 1000 ')
  .replace('"phisical_store"', '"physical_store"')
  .replace("email: 'email'", "em: '=email'")
  .replace('01234', '"01234"');

let folder: string;
const mapping = (): string => join(folder, 'mappings/orders.yaml');
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capi-sync-fix-'));
  mkdirSync(join(folder, 'mappings'));
});
beforeEach(() => {
  writeFileSync(join(folder, 'config.yaml'), CONFIG);
  writeFileSync(mapping(), MAPPING);
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = async (options: ValidateOptions, json = false) => {
  let text = '';
  const stream = { write: (part: string) => (text += part) };
  const signal = new AbortController().signal;
  const terminal = openTerminal(stream, stream, { NO_COLOR: '1' });
  const context = { configFile: join(folder, 'config.yaml'), json, terminal, stop: signal, abort: signal };
  return { exit: await validate(context, [], options), text };
};

describe('validate --fix', () => {
  it('mends slips one behind the other, says each, and leaves comments and layout alone', async () => {
    const { exit, text } = await run({ fix: true, strict: true });
    expect(readFileSync(mapping(), 'utf8')).toBe(FIXED);
    expect(readFileSync(join(folder, 'config.yaml'), 'utf8')).toBe(CONFIG.replace('acces_token', 'access_token'));
    expect([text.slice(-60), exit]).toEqual([expect.stringContaining('no problems in config and 1 mapping'), 0]);
    expect(text).toContain('fixed 8 places');
    expect(text).toMatch(/orders\.yaml:11:9 {2}fixed {2}number-loses-digits\n {2}- 01234\n {2}\+ "01234"\n/);
    expect(text).toMatch(/- evnt\n {2}\+ event\n/);
  });

  it('finds nothing to do in what it has mended', async () => {
    await run({ fix: true });
    const again = await run({ fix: true });
    expect(again.text).toContain('nothing that can be fixed without asking');
    expect(readFileSync(mapping(), 'utf8')).toBe(FIXED);
  });

  it('writes nothing with --dry-run, and shows all that it would do', async () => {
    const { exit, text } = await run({ fix: true, dryRun: true }, true);
    expect(readFileSync(mapping(), 'utf8')).toBe(MAPPING);
    const { valid, written, fixes, diagnostics } = JSON.parse(text);
    expect([exit, valid, written, fixes.length]).toEqual([3, false, false, 8]);
    expect(diagnostics.length).toBeGreaterThan(0);
    await expect(run({ dryRun: true })).rejects.toMatchObject({ code: 'usage' });
  });

  it('leaves to a person what could be meant in two ways', async () => {
    const both = MAPPING.replace("email: 'email'", 'email: =email\n    emails: =second');
    writeFileSync(mapping(), both);
    const { exit, text } = await run({ fix: true });
    expect(exit).toBe(3);
    const written = readFileSync(mapping(), 'utf8');
    expect(written).toContain('email: =email\n    emails: =second');
    expect(text).toContain('unknown key "emails"');
  });

  it('takes nothing for a slip that comes from the environment, or is another word', async () => {
    const text = MAPPING.replace('shpo', '${HOME:-shpo}').replace('phisical_store', 'shop').replace('evnt', 'events');
    writeFileSync(mapping(), text.replace('events:', 'event:').replace('zp: 01234', 'zone: =zip'));
    await run({ fix: true });
    const written = readFileSync(mapping(), 'utf8');
    expect(written).toContain('connection: ${HOME:-shpo}');
    expect(written).toContain('action_source: "shop"');
    expect(written).toContain('zone: =zip');
  });

  it('keeps a byte order mark and lines that end as on Windows', async () => {
    writeFileSync(mapping(), `\ufeff${MAPPING.replaceAll('\n', '\r\n')}`);
    await run({ fix: true });
    expect(readFileSync(mapping(), 'utf8')).toBe(`\ufeff${FIXED.replaceAll('\n', '\r\n')}`);
  });
});

describe('validate --format sarif', () => {
  // Draft 4, of which it uses nothing that later drafts read otherwise.
  const { $schema, id, ...schema } = createRequire(import.meta.url)(
    '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
  ) as Record<string, unknown>;
  const isSarif = new Ajv({ strict: false, validateFormats: false, allErrors: true, unicodeRegExp: false }).compile(
    schema as AnySchema,
  );

  it('is held to the schema itself', () => {
    expect([$schema, id]).toEqual([expect.stringContaining('draft-04'), expect.stringContaining('sarif')]);
    expect(JSON.stringify(schema)).not.toContain('"exclusive');
    expect(isSarif({ version: '2.1.0', runs: [{ tool: {} }] })).toBe(false);
  });

  it('is a log by the schema of OASIS, with every problem at its place and a fix where there is one', async () => {
    const { exit, text } = await run({ format: 'sarif' });
    const log = JSON.parse(text);
    expect([isSarif(log), isSarif.errors]).toEqual([true, null]);
    expect(exit).toBe(3);
    const { results, tool } = log.runs[0];
    const diagnostics = JSON.parse((await run({}, true)).text).diagnostics;
    expect(results).toHaveLength(diagnostics.length);
    const misspelt = results.find(({ message }: { message: { text: string } }) => message.text.includes('"evnt"'));
    expect(misspelt).toMatchObject({ ruleId: 'unknown-key', level: 'error' });
    expect(misspelt.locations[0].physicalLocation).toMatchObject({
      artifactLocation: { uri: expect.stringMatching(/mappings\/orders\.yaml$/) },
      region: { startLine: 5, startColumn: 1, endColumn: 5 },
    });
    expect(misspelt.fixes[0].artifactChanges[0].replacements[0].insertedContent.text).toBe('event');
    for (const { ruleIndex, ruleId } of results) expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
  });

  it('is a log without results where all is well', async () => {
    await run({ fix: true });
    const { exit, text } = await run({ format: 'sarif' });
    const log = JSON.parse(text);
    expect([exit, isSarif(log), log.runs[0].results]).toEqual([0, true, []]);
  });
});
