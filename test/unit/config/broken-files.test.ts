// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
/**
 * Broken configurations and everything that must be said of them. To add one, drop a folder into test/fixtures/broken with the
 * files that differ from `_base`, run `UPDATE_BROKEN=1 npx vitest run --project unit test/unit/config/broken-files.test.ts`, and
 * read the `expected.json` (places and codes) and `expected.txt` (what is printed) that it wrote.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { formatDiagnostics, sortDiagnostics } from '../../../src/config/diagnostic.ts';
import { loadProject } from '../../../src/config/load-project.ts';
import { lintMapping } from '../../../src/lint/lint-mapping.ts';
import { parseMapping } from '../../../src/mapping/compile-mapping.ts';
import { connectorNames, connectorOptions } from './connector-table.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/broken');
const ENVIRONMENT = {
  SHOP_PASSWORD: 'canary-password-1',
  META_ACCESS_TOKEN: 'canary-token-2',
  CAPI_SYNC_TOKEN: 'canary-3',
};

/** What may never be printed: values from the environment, and the literal secrets of the fixtures. */
const CANARIES = [...Object.values(ENVIRONMENT), 'EAABsbCS1iHgBO0ZC6ZBPnotReal', 'hunter2-not-real'];

const scratch = mkdtempSync(join(tmpdir(), 'capi-sync-broken-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const fixtures = readdirSync(FIXTURES).filter((name) => !name.startsWith('_'));

async function diagnose(name: string) {
  const cwd = join(scratch, name);
  cpSync(join(FIXTURES, '_base'), cwd, { recursive: true });
  cpSync(join(FIXTURES, name), cwd, { recursive: true });
  const now = new Date('2026-11-23T12:00:00Z');
  const loaded = await loadProject({
    configFile: 'config.yaml',
    cwd,
    environment: ENVIRONMENT,
    connectorOptions,
    connectorNames,
    now,
  });
  const { project, sources } = loaded;
  const linted = (project?.mappings ?? []).flatMap((each) => {
    const destination = project?.config.destinations[each.mapping.destination ?? 'main'];
    const connector = project?.config.connections[each.mapping.source.connection]?.connector;
    return lintMapping(each, parseMapping(each.mapping).mapping, destination, connector);
  });
  const diagnostics = sortDiagnostics([...loaded.diagnostics, ...linted]);
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  return { project: failed ? undefined : project, diagnostics, sources };
}

describe('broken files', () => {
  it('are at least thirty', () => {
    expect(fixtures.length).toBeGreaterThanOrEqual(30);
  });

  it('differ from a base that has no problem', async () => {
    const { project, diagnostics } = await diagnose('_base');
    expect(diagnostics).toEqual([]);
    expect(project?.mappings).toHaveLength(1);
  });

  it.each(fixtures)('%s: every problem at its place, and nothing else', async (name) => {
    const { project, diagnostics, sources } = await diagnose(name);
    const places = diagnostics.map(({ file, line, column, severity, code }) => ({
      file,
      line,
      column,
      severity,
      code,
    }));
    const printed = `${formatDiagnostics(diagnostics, sources, { color: false })}\n`;
    const expectation = join(FIXTURES, name, 'expected.json');
    const golden = join(FIXTURES, name, 'expected.txt');
    if (process.env.UPDATE_BROKEN && !existsSync(expectation)) {
      writeFileSync(expectation, `[\n${places.map((each) => `  ${JSON.stringify(each)}`).join(',\n')}\n]\n`);
      writeFileSync(golden, printed);
    }
    expect(places).toEqual(JSON.parse(readFileSync(expectation, 'utf8')));
    expect(printed).toBe(readFileSync(golden, 'utf8'));
    expect(places.length).toBeGreaterThan(0);
    expect(project === undefined).toBe(places.some(({ severity }) => severity === 'error'));
    expect(printed).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
    for (const canary of CANARIES) expect(printed + JSON.stringify(diagnostics)).not.toContain(canary);
  });
});
