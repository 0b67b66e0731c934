import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REJECTION_CODES } from '../../../src/meta/rejection-codes.ts';
import { DROP_REASONS } from '../../../src/transform/drop.ts';
import { ROOT, readText } from './markdown-files.ts';

const CODE = "'([a-z]+(?:-[a-z0-9]+)*)'";
/** Everywhere a code can stand: as `code:`, first in an error, and in the calls and tables that make one. */
const PLACES: readonly RegExp[] = [
  new RegExp(`\\bcode: ${CODE}`, 'g'),
  new RegExp(`\\bnew (?:Fatal|Retryable|Source)Error\\(\\s*${CODE}`, 'g'),
  new RegExp(`\\bsuper\\(\\s*${CODE}`, 'g'),
  new RegExp(`\\b(?:failed|refuse|reject|interrupted)\\(\\s*${CODE}`, 'g'),
  new RegExp(`\\bcomplain\\([^']{0,60}?${CODE}`, 'g'),
  new RegExp(`\\bunknownName\\([^;]*?\\), ${CODE}`, 'g'),
  /'((?:source|state|destination|cursor|yaml|expression)-[a-z-]+)'/g,
];
/** Words that these places hold and that are no code of ours. */
const NOT_CODES = new Set(['source-map', 'state-thread']);

const files = globSync('{src,connectors}/**/*.ts', { cwd: ROOT }).filter(
  (file) => !/^src\/(?:sandbox|demo)\//.test(file),
);
const found = new Map<string, string>();
for (const file of files) {
  const text = readFileSync(join(ROOT, file), 'utf8');
  for (const place of PLACES)
    for (const [, code = ''] of text.matchAll(place)) if (!NOT_CODES.has(code)) found.set(code, file);
}
const page = readText('docs/errors.md');
/** Codes in the first column of a table. */
const documented = [...page.matchAll(/^\| `([a-z]+(?:-[a-z0-9]+)*)` \|/gm)].map(([, code]) => code ?? '');

describe('docs/errors.md', () => {
  it('has found the codes of each kind', () => {
    for (const code of ['unknown-key', 'yaml-tag', 'cursor-null', 'state-corrupt', 'checkpoint-mismatch', 'busy'])
      expect([...found.keys()]).toContain(code);
    expect(found.size).toBeGreaterThan(80);
  });

  it('lists every code that the program can show', () => {
    const missing = [...found].filter(([code]) => !page.includes(`\`${code}\``));
    expect(missing).toEqual([]);
  });

  it('lists every reason for a rejection or a dropped value', () => {
    const all = [...Object.keys(REJECTION_CODES), ...Object.keys(DROP_REASONS)];
    expect(all.filter((code) => !documented.includes(code))).toEqual([]);
  });

  it('lists no code that is gone', () => {
    const sources = files.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
    // http-413 is made of the status; the classes of Meta's errors are keys without quotes.
    const gone = documented.filter((code) => code !== 'http-413' && !new RegExp(`\\b${code}\\b`).test(sources));
    expect(gone).toEqual([]);
  });

  it('names cause and cure of each', () => {
    const rows = [...page.matchAll(/^\| `[a-z-]+` \| (.*) \|$/gm)].map(([, cells = '']) => cells.split(' | '));
    expect(rows.filter(([cause = '']) => cause.trim().length < 5)).toEqual([]);
  });
});
