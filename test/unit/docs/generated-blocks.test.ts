import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GENERATED_BLOCKS, GENERATED_FILES } from '../../../scripts/docs/generated-blocks.ts';
import { blocksOf, fill } from '../../../scripts/docs/markdown.ts';
import { NO_EFFECT_YET } from '../../../scripts/docs/schema-tables.ts';
import { ROOT, readText } from './markdown-files.ts';

const docs = (file: string): string => readText(`docs/${file}`);

describe('the generated parts of the docs', () => {
  it.each(GENERATED_FILES)('docs/%s is up to date (else: node scripts/write-docs.ts)', (file) => {
    expect(docs(file)).toBe(fill(docs(file), GENERATED_BLOCKS));
  });

  it('stand somewhere, each of them', () => {
    const used = new Set(GENERATED_FILES.flatMap((file) => blocksOf(docs(file))));
    expect(Object.keys(GENERATED_BLOCKS).filter((name) => !used.has(name))).toEqual([]);
  });

  it('are in no file that write-docs.ts does not write', () => {
    const holding = globSync('*.md', { cwd: join(ROOT, 'docs') }).filter((file) => blocksOf(docs(file)).length > 0);
    expect(holding.sort()).toEqual([...GENERATED_FILES].sort());
  });

  it('refuse a name that nothing generates', () => {
    expect(() => fill('<!-- generated: none -->\n<!-- end -->', GENERATED_BLOCKS)).toThrow(/"none"/);
  });

  it.each(Object.keys(NO_EFFECT_YET))('call %s without effect as long as nothing reads it', (key) => {
    const readers = globSync('src/**/*.ts', { cwd: ROOT })
      .filter((file) => !/^src\/(?:config|sandbox)\//.test(file))
      .filter((file) =>
        new RegExp(`(?:config|file|destination|project)(?:\\.config)?\\??\\.${key}\\b|\\b${key} }? = `).test(
          readFileSync(join(ROOT, file), 'utf8'),
        ),
      );
    expect(readers, `remove "${key}" from NO_EFFECT_YET in scripts/docs/schema-tables.ts and from README`).toEqual([]);
  });
});
