/** docs/add-a-connector.md, followed word for word in a copy of the project: its files, its two lines, the contract, the types, and a sync. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFarSide } from '../support/far-side.ts';
import { DATASET, TOKEN } from '../support/sync-project.ts';
import { blocksOf } from '../unit/docs/markdown-files.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGE = 'docs/add-a-connector.md';
const copy = mkdtempSync(join(tmpdir(), 'capi-sync-add-a-connector-'));
const run = promisify(execFile);

/** The blocks of the page that say what they are for: `file=`, `line=` or `import=`. */
const blocksFor = (what: string): { readonly path: string; readonly text: string }[] =>
  blocksOf(PAGE).flatMap(({ info, text }) => {
    const path = new RegExp(`^ts ${what}=(\\S+)$`).exec(info)?.[1];
    return path === undefined ? [] : [{ path, text: text.endsWith('\n') ? text : `${text}\n` }];
  });

const change = (path: string, edit: (text: string) => string): void => {
  const file = join(copy, path);
  const before = readFileSync(file, 'utf8');
  const after = edit(before);
  if (after === before) throw new Error(`${path} has no place for the line of the page`);
  writeFileSync(file, after);
};

beforeAll(() => {
  for (const part of ['connectors', 'src', 'test', 'package.json', 'tsconfig.json'])
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const { path, text } of blocksFor('file')) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  }
  // A line of a table goes behind its last; an import to the others.
  for (const { path, text } of blocksFor('line'))
    change(path, (before) =>
      before.replace(/(= \{\n(?: {2}.*\n)+)(?=\};)(?![\s\S]*= \{\n(?: {2}.*\n)+\};)/, `$1${text}`),
    );
  for (const { path, text } of blocksFor('import'))
    change(path, (before) => before.replace(/^import /m, `${text}import `));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('a connector made as docs/add-a-connector.md says', () => {
  it('is one folder, its bed, and one line in each of two tables', () => {
    const files = blocksFor('file').map(({ path }) => path);
    expect(new Set(files.map(dirname))).toEqual(new Set(['connectors/almanac', 'test/contract/beds']));
    const lines = blocksFor('line');
    expect(lines.map(({ path }) => path)).toEqual(['connectors/index.ts', 'test/contract/core-beds.ts']);
    expect(lines.every(({ text }) => text.trimEnd().split('\n').length === 1)).toBe(true);
  });

  it('keeps the contract of all connectors', async () => {
    writeFileSync(
      join(copy, 'vitest.config.ts'),
      "import { defineConfig } from 'vitest/config';\nexport default defineConfig({ test: { include: ['test/contract/core.test.ts'], testTimeout: 60_000 } });\n",
    );
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const file = join(copy, 'report.json');
    const args = ['run', '--reporter=json', `--outputFile=${file}`, '-t', 'the core contract: almanac'];
    // Whether it ends well is in the report, test by test.
    await run(process.execPath, [vitest, ...args], { cwd: copy }).catch(() => undefined);
    const report = JSON.parse(readFileSync(file, 'utf8')) as {
      testResults: { assertionResults: { fullName: string; status: string; failureMessages: string[] }[] }[];
    };
    const tests = report.testResults
      .flatMap((file) => file.assertionResults)
      .filter(({ fullName }) => fullName.includes('almanac'));
    expect(tests.filter(({ status }) => status === 'failed')).toEqual([]);
    // All but the login, which an almanac has not.
    expect(tests.filter(({ status }) => status === 'passed')).toHaveLength(tests.length - 1);
    expect(tests.length).toBeGreaterThan(15);
  });

  it('has types that hold', async () => {
    const files = blocksFor('file').map(({ path }) => path);
    writeFileSync(
      join(copy, 'tsconfig.page.json'),
      JSON.stringify({ extends: './tsconfig.json', compilerOptions: { incremental: false }, include: files }),
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', 'tsconfig.page.json'], { cwd: copy }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  });

  it('sends its rows, and nothing a second time', async () => {
    const farSide = await openFarSide();
    const project = join(copy, 'project');
    mkdirSync(project);
    const now = new Date(Date.now() - 3_600_000).toISOString().replace('Z', '000Z');
    const rows = [1, 2, 3].map((id) => [String(id).padStart(9, '0'), now, `buyer${id}@example.com`]);
    const columns = { id: 'text', at: 'timestamptz', email: 'text' };
    writeFileSync(join(project, 'almanac.json'), JSON.stringify({ orders: { columns, rows } }));
    writeFileSync(
      join(project, 'config.yaml'),
      `version: 1
state: { client: sqlite, filename: state.db }
connections: { book: { connector: almanac, filename: almanac.json } }
destinations: { main: { dataset_id: "${DATASET}", access_token: "\${META_ACCESS_TOKEN}", base_url: "${farSide.url}" } }
mappings: [mapping.yaml]
`,
    );
    writeFileSync(
      join(project, 'mapping.yaml'),
      `version: 1
name: orders
source: { connection: book, table: orders, primary_key: id, cursor: { column: at, start: beginning } }
event:
  event_name: Purchase
  event_time: =at
  event_id: =id
  action_source: system_generated
  user_data: { em: =email }
  custom_data: { value: 5, currency: EUR, order_id: =id }
`,
    );
    const sync = async (): Promise<number> => {
      const { stdout } = await run(process.execPath, [join(copy, 'src/cli/start.ts'), 'run', '--json'], {
        cwd: project,
        env: { ...process.env, META_ACCESS_TOKEN: TOKEN },
      });
      return (JSON.parse(stdout) as { runs: { sent: number }[] }).runs[0]!.sent;
    };
    try {
      expect(await sync()).toBe(3);
      expect(await sync()).toBe(0);
      expect(farSide.stats()).toMatchObject({ eventsUnique: 3, duplicates: 0 });
    } finally {
      await farSide.close();
    }
  });
});
