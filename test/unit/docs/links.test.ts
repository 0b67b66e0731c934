import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MARKDOWN_FILES, ROOT, readText } from './markdown-files.ts';

/** As the places that show Markdown make an anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

/** Without code, where a bracket is a bracket. */
const prose = (file: string): string =>
  readText(file)
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .replaceAll(/`[^`\n]*`/g, '');

const anchorsOf = (file: string): Set<string> =>
  new Set(
    [
      ...readText(file)
        .replaceAll(/^```[\s\S]*?^```/gm, '')
        .matchAll(/^#{1,6} (.+)$/gm),
    ].map(([, heading = '']) => anchorOf(heading)),
  );

describe.each(MARKDOWN_FILES)('%s', (file) => {
  it('links to what exists', () => {
    const links = [...readText(file).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target));
    const broken = links.filter((target) => {
      const [path = '', anchor] = target.split('#');
      const to = path === '' ? file : join(dirname(file), path);
      if (!existsSync(join(ROOT, to))) return true;
      return anchor !== undefined && to.endsWith('.md') && !anchorsOf(to).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names nothing outside the repository', () => {
    expect(prose(file)).not.toMatch(/\.\.\/(?:shared|reference|design)\//);
  });
});
