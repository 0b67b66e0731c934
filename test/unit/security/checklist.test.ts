import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
/** `| promise | tests |` */
const rows = read('docs/security.md')
  .split('\n')
  .map((line) => /^\| (.+) \| (`test\/.+) \|$/.exec(line))
  .filter((found) => found !== null)
  .map(([, promise = '', tests = '']) => ({
    promise,
    tests: [...tests.matchAll(/`(test\/[^`]+)`/g)].map(([, file = '']) => file),
  }));

describe('the promises of docs/security.md', () => {
  it('are as many as there are', () => expect(rows.length).toBeGreaterThanOrEqual(24));

  it.each(rows)('stand in tests that exist: $promise', ({ tests }) => {
    expect(tests.length).toBeGreaterThan(0);
    for (const file of tests) {
      expect(existsSync(join(ROOT, file)), file).toBe(true);
      const text = read(file);
      // A file of tests by name, or one that a suite written elsewhere is run in.
      expect(text, file).toMatch(/\b(?:it|test)(?:\.\w+)*\(|describeStateContract\(/);
      expect(text, file).toContain('expect(');
    }
  });
});

describe('SECURITY.md', () => {
  it('says how to report in private, and how long to wait', () => {
    const text = read('SECURITY.md');
    for (const word of ['in private', '90 days', 'docs/security.md']) expect(text).toContain(word);
  });
});
