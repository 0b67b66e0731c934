import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { compileValidators } from '../../../scripts/compile-validators.ts';
import { ConfigSchema } from '../../../src/config/config-schema.ts';
import { MappingSchema } from '../../../src/config/mapping-schema.ts';
import { validatorKey, validatorOf } from '../../../src/config/validators.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/broken');

const documents = (match: RegExp): unknown[] =>
  readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
    .filter((file) => match.test(file))
    .flatMap((file) => {
      try {
        return [parse(readFileSync(join(FIXTURES, file), 'utf8'), { maxAliasCount: 10 })];
      } catch {
        return [];
      }
    });

const shown = (errors: readonly ErrorObject[] | null | undefined): unknown =>
  (errors ?? []).map(({ keyword, instancePath, params, parentSchema }) => ({
    keyword,
    instancePath,
    params,
    parentSchema,
  }));

it('what the build compiles finds in each broken file what the sources find, and fills in the same defaults', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'capi-sync-validators-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'validators.mjs');
  const head = `import { createRequire } from 'node:module';\nconst require = createRequire(${JSON.stringify(import.meta.url)});\n`;
  writeFileSync(file, head + (await compileValidators()));
  const { compiledValidators } = (await import(file)) as { compiledValidators: Record<string, ValidateFunction> };
  for (const [schema, match, atLeast] of [
    [ConfigSchema, /config\.yaml$/, 15],
    [MappingSchema, /mappings\/.*\.yaml$/, 30],
  ] as const) {
    const compiled = compiledValidators[validatorKey(schema)] as ValidateFunction;
    const own = validatorOf(schema);
    const all = documents(match);
    expect(all.length).toBeGreaterThanOrEqual(atLeast);
    let broken = 0;
    for (const document of all) {
      const [one, other] = [structuredClone(document), structuredClone(document)];
      expect(compiled(one)).toBe(own(other));
      if (compiled.errors) broken += 1;
      expect(shown(compiled.errors)).toEqual(shown(own.errors));
      expect(one).toEqual(other);
    }
    expect(broken).toBeGreaterThan(atLeast / 3);
  }
});
