// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Diagnostic, formatDiagnostics, sortDiagnostics } from '../../../src/config/diagnostic.ts';
import { suggest } from '../../../src/config/did-you-mean.ts';
import { maskSecrets } from '../../../src/config/secret-places.ts';

const at = (line: number, column: number, endColumn: number, rest: Partial<Diagnostic> = {}): Diagnostic => ({
  file: 'f.yaml',
  line,
  column,
  endColumn,
  severity: 'error',
  code: 'unknown-key',
  message: 'm',
  ...rest,
});
const print = (diagnostics: Diagnostic[], text: string, color = false): string =>
  formatDiagnostics(diagnostics, new Map([['f.yaml', text]]), { color });

describe('formatDiagnostics', () => {
  it('looks as the contract says', () => {
    const text = `${'#\n'.repeat(21)}event:\n    evnt_name: Purchase\n`;
    const problem = at(23, 5, 14, { message: 'unknown key "evnt_name"', hint: 'did you mean "event_name"?' });
    expect(print([problem], text)).toBe(
      [
        'f.yaml:23:5  error  unknown-key',
        '  22 | event:',
        '  23 |     evnt_name: Purchase',
        '     |     ^^^^^^^^^ unknown key "evnt_name"; did you mean "event_name"?',
      ].join('\n'),
    );
  });

  it('puts the caret under the character after tabs, wide characters and combining marks', () => {
    expect(
      print([at(1, 2, 4)], '\tab')
        .split('\n')
        .at(-1),
    ).toBe('    | \t^^ m');
    expect(
      print([at(1, 4, 5)], '名前 x')
        .split('\n')
        .at(-1),
    ).toBe('    |      ^ m');
    expect(
      print([at(1, 4, 5)], '😀 x')
        .split('\n')
        .at(-1),
    ).toBe('    |    ^ m');
    expect(
      print([at(1, 4, 5)], 'e\u0301 x')
        .split('\n')
        .at(-1),
    ).toBe('    |   ^ m');
  });

  it('shows a window of a long line', () => {
    const lines = print([at(1, 5_001, 5_006)], `${'x'.repeat(5_000)}AAAAA${'y'.repeat(5_000)}`).split('\n');
    const column = lines[1]?.indexOf('AAAAA');
    expect(lines[2]?.indexOf('^^^^^')).toBe(column);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(200);
  });

  it('colours only when asked, and then says the same', () => {
    const plain = print([at(1, 1, 2)], 'a: 1\n');
    const coloured = print([at(1, 1, 2)], 'a: 1\n', true);
    expect(coloured).not.toBe(plain);
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });

  it('lets no control character of a file through', () => {
    expect(print([at(1, 1, 2)], 'a\u001b[31m\u0007\u202e: 1\n')).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  });

  it('says the message without a frame when there is no source', () => {
    expect(formatDiagnostics([at(3, 1, 2)], new Map(), { color: false })).toBe('f.yaml:3:1  error  unknown-key\n  m');
  });
});

describe('sortDiagnostics', () => {
  it('goes through the files in their order, by line and column, and says nothing twice', () => {
    const b = at(1, 1, 2, { file: 'b' });
    expect(sortDiagnostics([b, at(9, 1, 2), at(2, 5, 6), at(2, 1, 2), at(2, 1, 2)])).toEqual([
      b,
      at(2, 1, 2),
      at(2, 5, 6),
      at(9, 1, 2),
    ]);
  });
});

describe('maskSecrets', () => {
  it.each([
    ['access_token: EAABabc123   # note', 'access_token: **********   # note'],
    ['# password: old-one', '# password: *******'],
    ['server: { token: abc, listen: x }', 'server: { token: ***, ******* * }'],
    ['password: ${A:-abc}${B}${file:/x}', 'password: ${A:-***}${B}${file:/x}'],
    ['url: mysql://u:p:w@h/d', 'url: mysql://u:***@h/d'],
    ['x: EAABsbCS1iHgBO0ZC6ZBPabc', 'x: ************************'],
    ['tokenise: yes', 'tokenise: yes'],
    ['primary_key: id', 'primary_key: id'],
    ['em: =email', 'em: =email'],
  ])('%j is shown as %j', (text, shown) => {
    expect(maskSecrets(text)).toBe(shown);
    expect(maskSecrets(text)).toHaveLength(text.length);
  });
});

describe('suggest', () => {
  it('finds slips of case, underscores, letters swapped, left out or added', () => {
    const keys = ['event_name', 'event_time', 'dedup', 'host'];
    expect(['EventName', 'evnt_name', 'event-time', 'hots', 'dedupe'].map((key) => suggest(key, keys))).toEqual(
      ['event_name', 'event_name', 'event_time', 'host', 'dedup'].map((key) => `did you mean "${key}"?`),
    );
  });

  it('lists the few names there are when none is near', () => {
    expect(suggest('zzzz', ['a', 'b'])).toBe('there are a, b');
    expect(suggest('zzzz', [])).toBeUndefined();
  });
});
