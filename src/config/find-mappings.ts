import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Diagnostic, quoted } from './diagnostic.ts';
import { report, textAt, valueAt, type YamlTree } from './yaml-tree.ts';

const DEFAULT_PATTERNS = ['mappings/*.yaml'];

/**
 * The files that `mappings` names, each once, sorted within a pattern. A pattern that finds nothing is warned of; a plain
 * name that is not there is an error.
 */
export async function findMappings(
  config: YamlTree | undefined,
  baseDir: string,
): Promise<{ files: string[]; diagnostics: Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const files = new Set<string>();
  const listed = config ? valueAt(config, ['mappings']) : undefined;
  const patterns = Array.isArray(listed)
    ? listed.map((each) => (typeof each === 'string' ? each : ''))
    : DEFAULT_PATTERNS;
  for (const [index, pattern] of patterns.entries()) {
    const path = ['mappings', index];
    if (pattern === '' || (config && textAt(config, path) === undefined && Array.isArray(listed))) continue;
    if (!/[*?[{]/.test(pattern)) {
      const file = resolve(baseDir, pattern);
      if (existsSync(file) || !config) files.add(file);
      else
        diagnostics.push(
          report(config, path, { code: 'file-not-found', message: `there is no file ${quoted(pattern)}` }),
        );
      continue;
    }
    const found: string[] = [];
    for await (const name of glob(pattern, { cwd: baseDir })) found.push(resolve(baseDir, name));
    for (const each of found.sort()) files.add(each);
    if (found.length === 0 && config) {
      const message = `no file matches ${quoted(pattern)}`;
      const hint = 'write one, such as mappings/shop-purchases.yaml, or mend the pattern';
      diagnostics.push(report(config, path, { code: 'no-mappings', severity: 'warning', message, hint }));
    }
  }
  return { files: [...files], diagnostics };
}
