/** Pieces of Markdown that the generated parts of the docs are made of. */

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ').trim();

/** A table; cells may hold Markdown, a `|` in them is escaped. */
export const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

/** A code span; empty for an empty text. */
export const code = (text: string): string => {
  if (text === '') return '';
  const fence = text.includes('`') ? '``' : '`';
  return `${fence}${text}${fence}`;
};

/** A value as a mapping would write it. */
export const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

export const listed = (values: readonly unknown[]): string => values.map((value) => code(written(value))).join(', ');

const BLOCK = /(<!-- generated: ([a-z-]+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** Names of the generated blocks of a text. */
export const blocksOf = (text: string): string[] => [...text.matchAll(BLOCK)].map(([, , name]) => name ?? '');

/** The text with each `<!-- generated: name -->` block filled in. @throws Error for a name that nothing generates */
export const fill = (text: string, blocks: Readonly<Record<string, () => string>>): string =>
  text.replace(BLOCK, (_whole, start: string, name: string, end: string) => {
    const make = blocks[name];
    if (make === undefined) throw new Error(`nothing generates "${name}"`);
    return `${start}\n${make()}\n\n${end}`;
  });
