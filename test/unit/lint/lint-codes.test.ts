import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LINT_CODES } from '../../../src/lint/lint-codes.ts';

/** The findings themselves, with place and text, are held by test/fixtures/broken (test/unit/config/broken-files.test.ts). */
const FIXTURES = join(import.meta.dirname, '../../fixtures/broken');

const shown = globSync('*/expected.json', { cwd: FIXTURES }).flatMap(
  (file) => JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')) as { code: string; severity: string }[],
);

it.each(Object.entries(LINT_CODES))('%s is shown by a fixture, with its severity', (code, { severity }) => {
  const severities = shown.filter((each) => each.code === code).map((each) => each.severity);
  expect(new Set(severities)).toEqual(new Set([severity]));
});
