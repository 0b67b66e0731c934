// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { formatDiagnostics } from '../../../src/config/diagnostic.ts';
import { parseYaml, readYamlFile } from '../../../src/config/read-yaml.ts';
import { placeOf } from '../../../src/config/yaml-tree.ts';
import { processorTime } from '../../support/processor-time.ts';

const folder = mkdtempSync(join(tmpdir(), 'capi-sync-yaml-'));
afterAll(() => rmSync(folder, { recursive: true }));

const codes = (text: string): string[] =>
  parseYaml(text, 'f.yaml').diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);

describe('readYamlFile', () => {
  it('refuses a file of 5 MB without parsing it', async () => {
    const path = join(folder, 'large.yaml');
    writeFileSync(path, 'key: [value, value]\n'.repeat(262_144));
    const started = processorTime();
    const { tree, diagnostics } = await readYamlFile(path, 'large.yaml');
    expect(processorTime() - started).toBeLessThan(500);
    expect(tree).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code: 'file-too-large', line: 1, column: 1 }]);
  });

  it('reads a file of just 256 KiB', async () => {
    const path = join(folder, 'limit.yaml');
    writeFileSync(path, `a: ${'x'.repeat(256 * 1024 - 3)}`);
    expect((await readYamlFile(path, 'limit.yaml')).diagnostics).toEqual([]);
  });

  it('says what a directory, a missing file and a file in a file are', async () => {
    const path = join(folder, 'directory.yaml');
    mkdirSync(path);
    expect((await readYamlFile(path, 'd')).diagnostics).toMatchObject([{ code: 'not-a-file' }]);
    expect((await readYamlFile(join(folder, 'none.yaml'), 'n')).diagnostics).toMatchObject([
      { code: 'file-not-found' },
    ]);
    const inside = await readYamlFile(join(folder, 'limit.yaml', 'x.yaml'), 'n');
    expect(inside.diagnostics).toMatchObject([{ code: 'file-not-found' }]);
  });

  it('tells the place of the first byte that is not UTF-8', async () => {
    const path = join(folder, 'latin1.yaml');
    writeFileSync(path, Buffer.from('ä: 1\nb: ü', 'utf8').subarray(0, -1));
    expect((await readYamlFile(path, 'f')).diagnostics).toMatchObject([{ code: 'not-utf8', line: 2, column: 4 }]);
  });
});

describe('parseYaml', () => {
  it('reads YAML 1.2: yes and on are texts, 1.10 is a number, dates are texts', () => {
    const { tree } = parseYaml('a: yes\nb: on\nc: 1.10\nd: 2026-11-20T10:00:00Z\ne: 0o17\nf: 0x1F\ng: ~\n', 'f');
    expect(tree?.data).toEqual({ a: 'yes', b: 'on', c: 1.1, d: '2026-11-20T10:00:00Z', e: 15, f: 31, g: null });
  });

  it('keeps keys as they are written', () => {
    expect(parseYaml('1: a\ntrue: b\n0x10: c\n1.0: d\n', 'f').tree?.data).toEqual({
      1: 'a',
      true: 'b',
      '0x10': 'c',
      '1.0': 'd',
    });
  });

  it('expands aliases in measure, each copy its own', () => {
    const { tree } = parseYaml('a: &x { n: [1] }\nb: *x\n', 'f');
    expect(tree?.data).toEqual({ a: { n: [1] }, b: { n: [1] } });
    const data = tree?.data as { a: object; b: object } | undefined;
    expect(data?.a).not.toBe(data?.b);
    expect(tree && placeOf(tree, ['b', 'n', 0])).toEqual({ line: 2, column: 4, endColumn: 6 });
  });

  it('does not count a byte order mark as a column', () => {
    expect(codes('\ufeffa: 1\na: 2\n')).toEqual(['2:1 duplicate-key']);
    expect(codes('\ufeff\ta: 1\n')).toEqual(codes('\ta: 1\n'));
  });

  it('reports keys that reach into prototypes and keeps them out of the data', () => {
    const { tree, diagnostics } = parseYaml(
      '__proto__: { polluted: true }\na: { constructor: 1, prototype: 2 }\n',
      'f',
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(['forbidden-key', 'forbidden-key', 'forbidden-key']);
    expect(tree?.data).toEqual({ a: {} });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    ['an unclosed bracket at the bracket', 'key: [1, 2\nother: 3\n', ['1:6 yaml-syntax']],
    ['an unclosed quote at the quote', 'a: "x\nb: 1\n', ['1:4 yaml-syntax']],
    [
      '${} in a flow map at its place, each',
      'x: { url: ${A} }\ny: { url: ${B}, z: 1 }\n',
      ['1:11 yaml-syntax', '2:11 yaml-syntax'],
    ],
    ['every line that a tab indents', 'a:\n\tb: 1\n\tc: 2\n', ['2:1 yaml-syntax', '3:1 yaml-syntax']],
    ['one line too deep at that line', 'a: x\n   b: 1\n', ['2:4 yaml-syntax']],
    ['a second document', 'a: 1\n---\nb: 2\n', ['2:1 yaml-syntax']],
    ['YAML 1.1', '%YAML 1.1\n---\na: yes\n', ['1:1 yaml-syntax']],
    ['an empty file', '', ['1:1 empty-file']],
    ['a file of comments', '# nothing\n', ['1:1 empty-file']],
    ['a list as a key', '? [a]\n: b\n', ['1:3 wrong-type']],
  ])('reports %s', (_, text, expected) => {
    expect(codes(text)).toEqual(expected);
  });

  it('gives one error for what is nested without end', () => {
    for (const text of ['['.repeat(100_000), '- '.repeat(50_000), '{a: '.repeat(40_000)]) {
      expect(parseYaml(text, 'f').diagnostics).toHaveLength(1);
    }
  });

  it('is quick with a quarter of a megabyte of keys', () => {
    const text = Array.from({ length: 30_000 }, (_, index) => `k${index}:`).join('\n');
    const started = processorTime();
    expect(parseYaml(text, 'f').diagnostics).toEqual([]);
    expect(processorTime() - started).toBeLessThan(5_000);
  });

  it('never throws, and every place it names is in the text', () => {
    const pieces = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '&x',
      '*x',
      '!t',
      '|',
      '\t',
      '#',
      '${A}',
      '%',
      '---\n',
      '? ',
      '\r\n',
      'é',
      '😀',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const text = parts.join('');
        const { diagnostics } = parseYaml(text, 'f');
        for (const { line, column } of diagnostics) {
          const content = text.split('\n')[line - 1];
          expect(content).toBeDefined();
          expect(column).toBeLessThanOrEqual((content?.length ?? 0) + 1);
        }
        formatDiagnostics(diagnostics, new Map([['f', text]]), { color: true });
      }),
      { numRuns: 500 },
    );
  });
});
