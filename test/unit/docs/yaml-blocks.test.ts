// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
/**
 * Every YAML block of README and docs is loaded as a project. Its mark says what it is: `yaml config` and `yaml mapping` are whole files;
 * `yaml fragment config` and `yaml fragment mapping` are parts, written from the root and laid over a small whole.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { formatDiagnostics } from '../../../src/config/diagnostic.ts';
import { loadProject } from '../../../src/config/load-project.ts';
import { checkMapping, parseMapping } from '../../../src/mapping/compile-mapping.ts';
import { connectorNames, connectorOptions } from '../config/connector-table.ts';
import { type Block, blocksOf, MARKDOWN_FILES } from './markdown-files.ts';

type Json = { [key: string]: unknown };

const DESTINATION: Json = { dataset_id: '1234567890123456', access_token: '${META_ACCESS_TOKEN}' };
const CONFIG: Json = {
  version: 1,
  state: { secret: '${STATE_SECRET}' },
  connections: { shop: { connector: 'sqlite', filename: 'shop.db' } },
  destinations: { main: DESTINATION },
};
const MAPPING: Json = {
  version: 1,
  name: 'orders',
  source: { connection: 'shop', table: 'orders', primary_key: 'id', cursor: { column: 'updated_at' } },
  event: {
    event_name: 'Purchase',
    event_time: '=paid_at',
    action_source: 'physical_store',
    user_data: { em: '=email' },
    custom_data: { value: '=total', currency: '=currency' },
  },
};

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The part laid over the whole; a query takes the place of the table, a snapshot that of the cursor, and a connection is one thing. */
const laidOver = (whole: Json, part: Json): Json => {
  const result: Json = { ...whole };
  for (const [key, value] of Object.entries(part)) {
    const below = result[key];
    result[key] = isMap(value) && isMap(below) ? laidOver(below, value) : value;
  }
  if ('query' in part) delete result.table;
  if (part.mode === 'snapshot') delete result.cursor;
  return 'connector' in part ? part : result;
};

const MARKS = ['yaml config', 'yaml mapping', 'yaml fragment config', 'yaml fragment mapping'];

const isOurs = (file: string): boolean => !file.startsWith('connectors/');
const blocks = MARKDOWN_FILES.flatMap(blocksOf)
  .filter(({ info }) => /^ya?ml\b/.test(info))
  // What the READMEs of connectors show without a mark is one connection.
  .map((block) => (isOurs(block.file) || block.info !== 'yaml' ? block : { ...block, info: 'yaml fragment config' }));

const scratch = mkdtempSync(join(tmpdir(), 'capi-sync-docs-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** The block as a project of its own; the other file is a small one that fits: it knows the destinations that the block names. */
const filesOf = ({ info, text }: Block): { config: string; mapping: string } => {
  // Files of secrets are not on this machine.
  const plain = text.replace(/\$\{file:[^}]*\}/g, '${SECRET_FILE}');
  const part = parse(plain) as Json;
  if (info.endsWith('config')) {
    const config = info === 'yaml config' ? part : laidOver(CONFIG, part);
    const [destination] = Object.keys((config.destinations ?? {}) as Json);
    return {
      config: info === 'yaml config' ? plain : stringify(config),
      mapping: stringify(destination === undefined ? MAPPING : { ...MAPPING, destination }),
    };
  }
  const mapping = info === 'yaml mapping' ? plain : stringify(laidOver(MAPPING, part));
  const named = typeof part.destination === 'string' ? { destinations: { [part.destination]: DESTINATION } } : {};
  return { config: stringify({ ...CONFIG, ...named }), mapping };
};

describe('a YAML block of the docs', () => {
  it('exists', () => {
    expect(blocks.filter(({ file }) => file === 'README.md').length).toBeGreaterThanOrEqual(2);
    expect(blocks.length).toBeGreaterThan(10);
  });

  it.each(blocks.map((block) => [`${block.file}:${block.line}`, block] as const))('%s loads', async (_, block) => {
    expect(MARKS).toContain(block.info);
    const cwd = mkdtempSync(join(scratch, 'block-'));
    const { config, mapping } = filesOf(block);
    mkdirSync(join(cwd, 'mappings'));
    writeFileSync(join(cwd, 'config.yaml'), config);
    writeFileSync(join(cwd, 'mappings/mapping.yaml'), mapping);
    const names = [...`${config}${mapping}`.matchAll(/\$\{([A-Za-z_]\w*)/g)].map(([, name]) => name ?? '');
    const environment = Object.fromEntries(
      names.map((name) => [
        name,
        name.includes('DATASET')
          ? '1234567890123456'
          : name.includes('WEBHOOK')
            ? 'https://hooks.example/any'
            : 'any-text-of-some-length',
      ]),
    );
    const { project, diagnostics, sources } = await loadProject({
      configFile: 'config.yaml',
      cwd,
      environment,
      connectorOptions,
      connectorNames,
      now: new Date('2026-11-23T12:00:00Z'),
    });
    expect(formatDiagnostics(diagnostics, sources, { color: false })).toBe('');
    expect(project?.mappings).toHaveLength(1);
    for (const loaded of project?.mappings ?? []) {
      const parsed = parseMapping(loaded.mapping);
      expect([...parsed.problems, ...checkMapping(parsed.mapping, undefined)]).toEqual([]);
    }
  });
});
