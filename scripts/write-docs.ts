/** Fills in the generated blocks of docs/*.md from the schemas and tables of the program. Run it from the root after a change of either. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GENERATED_BLOCKS, GENERATED_FILES } from './docs/generated-blocks.ts';
import { fill } from './docs/markdown.ts';

for (const file of GENERATED_FILES) {
  const path = join(process.cwd(), 'docs', file);
  writeFileSync(path, fill(readFileSync(path, 'utf8'), GENERATED_BLOCKS));
}
