/**
 * The YAML files as editors see them: the language server that VS Code, Neovim and others use opens every file that is shipped and every block of
 * the docs, and has nothing to complain of. Completion and hover give what the schemas say.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LanguageService } from 'yaml-language-server';
import { getLanguageService } from 'yaml-language-server';
import { blocksOf, MARKDOWN_FILES, ROOT } from './markdown-files.ts';

const { TextDocument } = createRequire(createRequire(import.meta.url).resolve('yaml-language-server'))(
  'vscode-languageserver-textdocument',
) as typeof import('vscode-languageserver-textdocument');

const schema = (name: string): string => pathToFileURL(join(ROOT, `schemas/${name}.schema.json`)).href;
const document = (uri: string, text: string) => TextDocument.create(uri, 'yaml', 1, text);

let service: LanguageService;
beforeAll(() => {
  service = getLanguageService({
    schemaRequestService: async (uri) => readFileSync(fileURLToPath(uri), 'utf8'),
    workspaceContext: { resolveRelativePath: (path, base) => new URL(path, base).href },
  } as Parameters<typeof getLanguageService>[0]);
  service.configure({
    validate: true,
    completion: true,
    hover: true,
    format: false,
    isKubernetes: false,
    yamlVersion: '1.2',
    schemas: ['config', 'mapping'].map((name) => ({ uri: schema(name), fileMatch: [`*.${name}.yaml`] })),
  });
});

const problems = async (uri: string, text: string): Promise<string[]> =>
  (await service.doValidation(document(uri, text), false)).map(
    ({ range, message }) => `${range.start.line + 1}: ${message}`,
  );

describe('an editor', () => {
  const files = globSync(['config.example.yaml', 'mappings/**/*.yaml'], { cwd: ROOT }).sort();

  it('has files to open', () => expect(files.length).toBeGreaterThanOrEqual(3));

  it.each(files)('has nothing to complain of in %s, which names its schema', async (file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const uri = pathToFileURL(join(ROOT, file)).href;
    const named = /^# yaml-language-server: \$schema=(\S+)$/m.exec(text)?.[1];
    expect(named, 'the line "# yaml-language-server: $schema=..." at its head').toBeDefined();
    expect(existsSync(fileURLToPath(new URL(named ?? '', uri)))).toBe(true);
    expect(await problems(uri, text)).toEqual([]);
  });

  const blocks = MARKDOWN_FILES.flatMap(blocksOf).filter(({ info }) =>
    /^yaml (?:fragment )?(?:config|mapping)$/.test(info),
  );
  it.each(blocks.map((block) => [`${block.file}:${block.line}`, block] as const))(
    'has nothing to complain of in the block %s',
    async (name, { info, text }) => {
      const which = info.endsWith('config') ? 'config' : 'mapping';
      // The line of a block names a schema beside the reader's file; here the name of the document does.
      const plain = text.replace(/^# yaml-language-server:.*$/m, '#');
      const found = await problems(`file:///docs/${name.replaceAll(/\W/g, '-')}.${which}.yaml`, plain);
      // A part of a file lacks the rest of it.
      const isPart = info.includes('fragment');
      expect(
        found.filter((each) => !isPart || !/Missing property|Incorrect type|Matches multiple schemas/.test(each)),
      ).toEqual([]);
    },
  );

  it('is told of a slip', async () => {
    expect(await problems('file:///a.mapping.yaml', 'version: 1\nnmae: x\n')).toContainEqual(
      expect.stringContaining('nmae'),
    );
  });
});

const MAPPING = `version: 1
name: orders
source:
  connection: shop
  table: orders
  primary_key: id
  cursor:
    co
event:
  event_name: Purchase
  event_time: =paid_at
  action_source: ${''}
  user_data:
    e
`;

describe('completion and hover', () => {
  const complete = async (line: number, character: number): Promise<string[]> =>
    (await service.doComplete(document('file:///b.mapping.yaml', MAPPING), { line, character }, false)).items.map(
      ({ label }) => label,
    );
  const hover = async (line: number, character: number, name = 'b.mapping.yaml', text = MAPPING): Promise<string> => {
    const found = await service.doHover(document(`file:///${name}`, text), { line, character });
    return JSON.stringify(found?.contents ?? '');
  };

  it('offer keys where they may stand, and the words that a key takes', async () => {
    expect(await complete(7, 6)).toEqual(expect.arrayContaining(['column', 'start', 'lag', 'lookback', 'on_null']));
    expect(await complete(11, 17)).toEqual(expect.arrayContaining(['website', 'physical_store', 'system_generated']));
    expect(await complete(13, 5)).toEqual(expect.arrayContaining(['em', 'ph', 'external_id']));
  });

  it('explain a key in words, with an example and its default', async () => {
    expect(await hover(1, 2)).toContain('the key of its checkpoint and of its ledger');
    expect(await hover(5, 4)).toMatch(/Column or columns that tell rows apart.*id/);
    const config =
      'version: 1\ndestinations:\n  main:\n    dataset_id: "1234567890"\n    access_token: x\n    concurrency: 2\n';
    expect(await hover(5, 6, 'c.config.yaml', config)).toContain('Batches in flight at once');
    expect(await hover(4, 6, 'c.config.yaml', config)).toContain('META_ACCESS_TOKEN');
  });
});
