import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Who may import whom, one door a package, and the size of files: ARCHITECTURE.md, enforced. */

const root = join(import.meta.dirname, '../..');
const files = globSync(['src/**/*.ts', 'connectors/**/*.ts'], { cwd: root }).sort();
const text = (file: string): string => readFileSync(join(root, file), 'utf8');

type Import = { readonly file: string; readonly target: string; readonly isTypeOnly: boolean };

const importsOf = (file: string): Import[] =>
  [...text(file).matchAll(/(?:^|\n)\s*(import|export)\s+(type\s+)?[^;'"]*?from\s+'([^']+)'|import\('([^']+)'\)/g)].map(
    (match) => {
      const raw = match[3] ?? match[4] ?? '';
      const target = raw.startsWith('.') ? normalize(join(dirname(file), raw)) : raw;
      return { file, target, isTypeOnly: match[2] !== undefined };
    },
  );

const imports = files.flatMap(importsOf);
const roomOf = (file: string): string =>
  file.startsWith('connectors/') ? 'connectors' : (file.split('/')[1] ?? '').replace(/\.ts$/, '');
const describeImport = ({ file, target }: Import): string => `${file} → ${target}`;

/** A room's neighbours, types aside. `errors` is open to all; `app` is the composition root and may open anything. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  meta: [],
  transform: ['meta'],
  config: ['meta'],
  mapping: ['transform', 'meta', 'config', 'connectors'],
  lint: ['mapping', 'config', 'meta', 'schedule', 'observe'],
  quality: ['meta', 'transform'],
  explain: ['mapping', 'transform', 'meta', 'sync', 'snapshot', 'config'],
  snapshot: ['mapping'],
  plan: ['explain', 'sync', 'mapping', 'observe', 'config', 'meta'],
  'mapping-tests': ['mapping', 'transform', 'meta', 'demo'],
  check: ['sync', 'extract', 'mapping', 'config', 'meta', 'connectors'],
  init: ['quality', 'connectors'],
  extract: ['connectors'],
  dedup: [],
  load: ['meta', 'quality'],
  state: ['connectors'],
  sync: [
    'extract',
    'snapshot',
    'transform',
    'dedup',
    'load',
    'state',
    'mapping',
    'meta',
    'quality',
    'config',
    'connectors',
  ],
  observe: ['config', 'meta', 'quality', 'schedule'],
  schedule: ['config'],
  server: ['config', 'meta', 'observe', 'quality', 'transform'],
  sandbox: [],
  demo: [],
  app: ['sync', 'state', 'load', 'config', 'mapping', 'connectors'],
  cli: [
    'app',
    'sync',
    'extract',
    'transform',
    'load',
    'state',
    'mapping',
    'lint',
    'observe',
    'schedule',
    'server',
    'quality',
    'explain',
    'mapping-tests',
    'plan',
    'check',
    'init',
    'meta',
    'config',
    'sandbox',
    'demo',
    'connectors',
  ],
  connectors: [],
};

describe('imports', () => {
  it('stay within the rooms that a room may know', () => {
    const wrong = imports.filter(({ file, target, isTypeOnly }) => {
      if (isTypeOnly || !/^(src|connectors)\//.test(target) || target === 'src/errors.ts') return false;
      const [from, to] = [roomOf(file), roomOf(target)];
      return from !== to && !MAY_IMPORT[from]?.includes(to);
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('know every room', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => room !== 'errors' && !(room in MAY_IMPORT))).toEqual([]);
  });

  it('of connectors take from src nothing at all', () => {
    const wrong = imports.filter(({ file, target }) => file.startsWith('connectors/') && target.startsWith('src/'));
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('of the page take from the rest nothing but types: what runs in the browser is in its own folder', () => {
    const page = globSync('src/server/page/browser/**/*.{ts,tsx}', { cwd: root });
    const wrong = page
      .flatMap(importsOf)
      .filter(({ target, isTypeOnly }) => !isTypeOnly && !/^(?:src\/server\/page\/browser\/|preact)/.test(target));
    expect(page.length).toBeGreaterThan(10);
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('of the sandbox take nothing of ours, so that it can test the rest', () => {
    const wrong = imports.filter(
      ({ file, target }) =>
        file.startsWith('src/sandbox/') && !target.startsWith('src/sandbox/') && !target.startsWith('node:'),
    );
    expect(wrong.map(describeImport)).toEqual([]);
  });
});

/** A package, and the only files that may import it. */
const DOORS: Readonly<Record<string, RegExp>> = {
  knex: /^(connectors\/sql|src\/state)\//,
  pg: /^connectors\/(postgres|redshift)\//,
  mysql2: /^connectors\/mysql\//,
  'snowflake-sdk': /^connectors\/snowflake\//,
  undici: /^src\/(load\/(post-events|read-dataset)|observe\/post-webhook)\.ts$/,
  yaml: /^src\/config\//,
  ajv: /^src\/config\//,
  pino: /^src\/observe\/log\.ts$/,
  '@opentelemetry/api': /^src\/observe\/load-tracing\.ts$/,
  '@opentelemetry/sdk-trace': /^src\/observe\/load-tracing\.ts$/,
  'prom-client': /^src\/observe\/metrics\.ts$/,
  hono: /^src\/server\//,
  '@hono/node-server': /^src\/server\//,
  'node-cron': /^src\/(config|schedule)\//,
  '@marcbachmann/cel-js': /^src\/mapping\/expression(-functions)?\.ts$/,
  'libphonenumber-js': /^src\/transform\//,
  commander: /^src\/cli\/main\.ts$/,
};

describe('doors', () => {
  it.each(Object.entries(DOORS))('%s is imported in its own room only', (name, allowed) => {
    const wrong = imports.filter(
      ({ file, target, isTypeOnly }) =>
        !isTypeOnly && (target === name || target.startsWith(`${name}/`)) && !allowed.test(file),
    );
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it.each([
    // Snowflake's client has switches that are environment variables and nothing else: they are set there, and read by it alone.
    ['process.env', /^(src\/config\/environment|connectors\/snowflake\/load-sdk)\.ts$/],
    ['process.exit', /^src\/cli\/start\.ts$/],
    ['console.', /^$/],
  ])('%s is used in one place', (word, allowed) => {
    const code = (file: string): string => text(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(files.filter((file) => code(file).includes(word) && !allowed.test(file))).toEqual([]);
  });
});

describe('files', () => {
  it('are no longer than what one reads at a sitting', () => {
    expect(files.filter((file) => text(file).split('\n').length > 320)).toEqual([]);
  });

  it('have no name that says nothing', () => {
    expect(files.filter((file) => /(util|helper|common|base|manager|service|impl)s?\.ts$/.test(file))).toEqual([]);
  });
});
