// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { formatDiagnostics } from '../../../src/config/diagnostic.ts';
import { loadProject } from '../../../src/config/load-project.ts';
import { diagnosticAt } from '../../../src/config/loaded-mapping.ts';
import { connectorNames, connectorOptions } from './connector-table.ts';

const ROOT = join(import.meta.dirname, '../../..');
const BASE = join(ROOT, 'test/fixtures/broken/_base');
const now = new Date('2026-11-23T12:00:00Z');
const ENVIRONMENT = { SHOP_PASSWORD: 'pass-1', META_ACCESS_TOKEN: 'token-2' };

const scratch = mkdtempSync(join(tmpdir(), 'capi-sync-project-'));
afterAll(() => rmSync(scratch, { recursive: true }));

let count = 0;
function folder(files: Record<string, string>): string {
  count += 1;
  const cwd = join(scratch, String(count));
  cpSync(BASE, cwd, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(cwd, name, '..'), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  return cwd;
}
const baseConfig = readFileSync(join(BASE, 'config.yaml'), 'utf8');
const baseMapping = readFileSync(join(BASE, 'mappings/purchases.yaml'), 'utf8');
const load = (cwd: string, environment: Record<string, string> = ENVIRONMENT) =>
  loadProject({ configFile: 'config.yaml', cwd, environment, connectorOptions, connectorNames, now });
const codesOf = (diagnostics: readonly { code: string }[]): string[] => diagnostics.map(({ code }) => code);

describe('loadProject', () => {
  it('lets a test expect that a match key is absent', async () => {
    const mapping = `${baseMapping}tests:\n  - { name: a, row: { id: 1 }, event: { user_data: { em: null, ph: "1" } } }\n`;
    expect((await load(folder({ 'mappings/purchases.yaml': mapping }))).diagnostics).toEqual([]);
  });

  it('loads the files of the contract without a word', async () => {
    const cwd = join(scratch, 'contract');
    mkdirSync(join(cwd, 'mappings'), { recursive: true });
    writeFileSync(join(cwd, 'password'), 'from-file\n');
    const example = readFileSync(join(ROOT, 'config.example.yaml'), 'utf8');
    writeFileSync(join(cwd, 'config.yaml'), example.replace('/run/secrets/shop_password', 'password'));
    cpSync(join(ROOT, 'mappings/shop-purchases.yaml'), join(cwd, 'mappings/shop-purchases.yaml'));
    const environment = {
      CRM_DATABASE_URL: 'postgres://reader:p%40ss@crm/crm',
      META_DATASET_ID: '123456789012345',
      META_ACCESS_TOKEN: 'token-from-environment',
    };
    const { project, diagnostics } = await load(cwd, environment);
    expect(diagnostics).toEqual([]);
    expect(project?.config.destinations.main).toMatchObject({ api_version: 'v26.0', concurrency: 4, timeout: '30s' });
    expect(project?.config.destinations.main?.access_token.reveal()).toBe('token-from-environment');
    expect(inspect(project?.config.destinations, { depth: 9 })).not.toContain('token-from-environment');
    expect(project?.secrets).toEqual([
      'postgres://reader:p%40ss@crm/crm',
      'p%40ss',
      'p@ss',
      'from-file',
      'token-from-environment',
    ]);
    const [loaded] = project?.mappings ?? [];
    expect(loaded?.mapping).toMatchObject({
      name: 'shop-purchases',
      dedup: { key: 'order_id', window: '28d' },
      on_unknown: 'resend',
    });
    expect(loaded?.file).toBe('mappings/shop-purchases.yaml');
  });

  it('takes the keys that the contract shows in comments', async () => {
    const example = readFileSync(join(ROOT, 'config.example.yaml'), 'utf8');
    const commented = example.replace(/^ {4}# (\w+: )/gm, '    $1').replace('/run/secrets/shop_password', 'password');
    expect(commented).toContain('    rate_limit: {');
    const cwd = folder({ 'config.yaml': commented, password: 'x' });
    const environment = { ...ENVIRONMENT, CRM_DATABASE_URL: 'postgres://h/d', META_DATASET_ID: '12345' };
    expect(codesOf((await load(cwd, environment)).diagnostics)).toEqual(['test-events-count']);
  });

  it('fills in defaults, for a file that leaves them out', async () => {
    const { project } = await load(folder({}));
    expect(project?.config).toMatchObject({
      state: { client: 'sqlite', filename: '.capi-sync/state.db' },
      server: { listen: '127.0.0.1:8080' },
      mappings: ['mappings/*.yaml'],
    });
    expect(project?.mappings[0]?.mapping.source.cursor).toEqual({
      column: 'updated_at',
      start: '7d',
      lag: '60s',
      lookback: '10m',
      on_null: 'error',
      max_stall: '15m',
    });
  });

  it('reads .env beside the config file; the environment wins', async () => {
    const cwd = folder({ '.env': 'SHOP_PASSWORD=from-dotenv\nMETA_ACCESS_TOKEN=from-dotenv\n' });
    const { project } = await load(cwd, { META_ACCESS_TOKEN: 'from-environment' });
    expect(project?.config.connections.shop?.password).toBe('from-dotenv');
    expect(project?.config.destinations.main?.access_token.reveal()).toBe('from-environment');
  });

  it('warns of a .env it cannot read, and shows nothing of it', async () => {
    const cwd = folder({ '.env': 'canary secret\nSHOP_PASSWORD=x\nMETA_ACCESS_TOKEN=y\n' });
    const { diagnostics, sources, project } = await load(cwd, {});
    expect(diagnostics).toMatchObject([{ file: '.env', line: 1, severity: 'warning', code: 'bad-env-file' }]);
    expect(formatDiagnostics(diagnostics, sources, { color: false })).not.toContain('canary');
    expect(project).toBeDefined();
  });

  it('makes numbers and booleans of ${} only where the schema wants them', async () => {
    const config = baseConfig
      .replace('    database: shop', '    database: ${DB}\n    port: ${PORT}')
      .replace('    access_token', '    concurrency: ${CONCURRENCY}\n    access_token');
    const cwd = folder({ 'config.yaml': config });
    const { project, diagnostics } = await load(cwd, { ...ENVIRONMENT, DB: '123', PORT: '3307', CONCURRENCY: '2' });
    expect(diagnostics).toEqual([]);
    expect(project?.config.connections.shop).toMatchObject({ database: '123', port: 3307 });
    expect(project?.config.destinations.main?.concurrency).toBe(2);
    const wrong = await load(cwd, { ...ENVIRONMENT, DB: '123', PORT: 'canary-port', CONCURRENCY: '17' });
    expect(codesOf(wrong.diagnostics)).toEqual(['wrong-type', 'out-of-range']);
    expect(JSON.stringify(wrong.diagnostics)).not.toContain('canary-port');
  });

  it('keeps every digit of a dataset id without quotes', async () => {
    const config = baseConfig.replace('"123456789012345"', '12345678901234567890');
    const { project } = await load(folder({ 'config.yaml': config }));
    expect(project?.config.destinations.main?.dataset_id).toBe('12345678901234567890');
  });

  it('reports the mappings too when config.yaml is missing or no YAML', async () => {
    const broken = { 'mappings/purchases.yaml': baseMapping.replace('event_name', 'evnt_name') };
    const cwd = folder({ ...broken, 'config.yaml': 'a: [\n' });
    expect(codesOf((await load(cwd)).diagnostics)).toEqual(['yaml-syntax', 'unknown-key']);
    rmSync(join(cwd, 'config.yaml'));
    expect(codesOf((await load(cwd)).diagnostics)).toEqual(['file-not-found', 'unknown-key']);
  });

  it('names files relative to the working directory', async () => {
    const cwd = folder({ 'mappings/purchases.yaml': baseMapping.replace('event_name', 'evnt_name') });
    const { diagnostics, sources } = await loadProject({
      configFile: join(cwd, 'config.yaml'),
      cwd: join(cwd, 'mappings'),
      environment: ENVIRONMENT,
      connectorOptions,
      now,
    });
    expect(diagnostics.map(({ file }) => file)).toEqual(['purchases.yaml']);
    expect([...sources.keys()].sort()).toEqual(['../config.yaml', 'purchases.yaml']);
  });

  it('reads a file once that two patterns match', async () => {
    const config = baseConfig.replace(
      '[mappings/*.yaml]',
      '[mappings/*.yaml, mappings/purchases.yaml, "**/*chases.yaml"]',
    );
    const { project, diagnostics } = await load(folder({ 'config.yaml': config }));
    expect(diagnostics).toEqual([]);
    expect(project?.mappings).toHaveLength(1);
  });

  it('accepts six-field cron, an offset-free start, several keys and lists of match keys', async () => {
    const mapping = baseMapping
      .replace('"*/15 * * * *"', '{ cron: "0 */15 * * * *", timezone: Europe/Berlin }')
      .replace('primary_key: id', 'primary_key: [shop_id, id]')
      .replace('column: updated_at', 'column: updated_at\n    start: 2026-11-01 10:00:00\n    lookback: 0s')
      .replace('destination: main\n', '')
      .replace(
        'em: =email',
        'em: [=email, { value: =em_sha256, hashed: true }]\n    db: { value: =born, format: DD/MM/YYYY }',
      )
      .replace('table: orders', 'query: |\n    SELECT *\n    FROM orders');
    expect((await load(folder({ 'mappings/purchases.yaml': mapping }))).diagnostics).toEqual([]);
  });

  it('never shows a value from the environment, wherever a wrong one may stand', async () => {
    const secretly = (text: string): string => text.replace(/: (?!\$\{|\[|[|>]|$)([^\n]+)$/gm, ': ${CANARY}');
    for (const canary of ['canary-value', '=canary(', '', '42', 'mysql://u:canary@h/d']) {
      const cwd = folder({ 'config.yaml': secretly(baseConfig), 'mappings/purchases.yaml': secretly(baseMapping) });
      const { diagnostics, sources } = await load(cwd, { ...ENVIRONMENT, CANARY: canary });
      const printed = formatDiagnostics(diagnostics, sources, { color: false }) + JSON.stringify(diagnostics);
      expect(diagnostics.length).toBeGreaterThan(0);
      expect(printed).not.toContain('canary-value');
      expect(printed).not.toContain('=canary(');
      expect(printed).not.toContain('canary@');
    }
  });
});

describe('diagnosticAt', () => {
  const text = baseMapping
    .replace('em: =email', 'em:\n      - =email\n      - "=lower(b)"\n      - =${E}')
    .replace('table: orders', 'query: |\n    SELECT *\n      FROM ordrs');

  it('stands at keys, values, list items, and inside of texts', async () => {
    const { project } = await load(folder({ 'mappings/purchases.yaml': text }), { ...ENVIRONMENT, E: 'x' });
    const [loaded] = project?.mappings ?? [];
    if (!loaded) throw new Error('not loaded');
    const shown = (path: (string | number)[], more: object = {}): string => {
      const { line, column, endColumn = 0 } = diagnosticAt(loaded, path, { code: 'x', message: 'm', ...more });
      return (text.split('\n')[line - 1] ?? '').slice(column - 1, endColumn - 1);
    };
    expect(shown(['event', 'user_data', 'em', 0])).toBe('=email');
    expect(shown(['event', 'user_data', 'em', 1], { offset: 1, length: 5 })).toBe('lower');
    expect(shown(['event', 'user_data', 'em', 2], { offset: 1, length: 1 })).toBe('=${E}');
    expect(shown(['event', 'user_data', 'em'], { which: 'key' })).toBe('em');
    expect(shown(['source', 'query'], { offset: 'SELECT *\n  FROM '.length, length: 5 })).toBe('ordrs');
    expect(shown(['event', 'custom_data', 'value'], { offset: 1, length: 5 })).toBe('total');
    expect(shown(['event', 'event_id'])).toBe('event');
    expect(shown(['dedup', 'window'])).toBe('version: 1');
  });
});
