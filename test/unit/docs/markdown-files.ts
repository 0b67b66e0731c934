/** The Markdown files of the project, and the fenced blocks in them. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../..');

export const MARKDOWN_FILES: readonly string[] = globSync('{*.md,docs/**/*.md,connectors/**/*.md,mappings/**/*.md}', {
  cwd: ROOT,
}).sort();

export const readText = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** `info` is what stands behind the fence: `yaml fragment mapping`. `line` is that of the fence. */
export type Block = {
  readonly file: string;
  readonly line: number;
  readonly info: string;
  readonly text: string;
};

export const blocksOf = (file: string): Block[] => {
  const blocks: Block[] = [];
  let open: { line: number; info: string; lines: string[] } | undefined;
  for (const [index, line] of readText(file).split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (!fence) open?.lines.push(line);
    else if (open) {
      blocks.push({ file, line: open.line, info: open.info, text: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else open = { line: index + 1, info: (fence[1] ?? '').trim(), lines: [] };
  }
  return blocks;
};
