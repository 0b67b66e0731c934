/** What is installed at users': few packages, exact versions, licences that go with MIT, and no script that runs at installation unasked. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const json = <T>(file: string): T => JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as T;
type Locked = {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
};
const manifest = json<{
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
}>('package.json');
const lock = json<{ packages: Record<string, Locked> }>('package-lock.json').packages;
const REGISTRY = 'https://registry.npmjs.org/';
const shipped = Object.entries(lock).filter(([path, { dev }]) => path !== '' && !dev);

const LICENCES =
  /^(?:MIT|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|BlueOak-1\.0\.0|Unlicense|CC0-1\.0|Python-2\.0)$/;
const licenceOf = (path: string, { license }: Locked): string => {
  if (license !== undefined) return license;
  const file = join(path, 'package.json');
  return existsSync(join(ROOT, file)) ? String(json<{ license?: unknown }>(file).license) : 'unknown';
};

describe('the dependencies', () => {
  it('are named by exact versions, and few of them go to users', () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/);
    expect(Object.keys(manifest.dependencies).length).toBeLessThanOrEqual(24);
  });

  it('are locked with their hashes, from the registry', () => {
    for (const [path, { resolved, integrity }] of shipped) {
      expect(resolved ?? REGISTRY, path).toContain(REGISTRY);
      expect(integrity, path).toMatch(/^sha512-/);
    }
  });

  it('have licences that go with ours', () => {
    const others = shipped.map(([path, locked]) => `${path}: ${licenceOf(path, locked)}`);
    expect(
      others.filter(
        (line) =>
          !line
            .split(': ')[1]
            ?.split(/ OR |[()]/)
            .some((one) => LICENCES.test(one)),
      ),
    ).toEqual([]);
  });

  it('run nothing at installation, but what is named in allowScripts', () => {
    const withScript = Object.entries(lock).filter(([, { hasInstallScript }]) => hasInstallScript);
    const unnamed = withScript.filter(([path]) => !(path.replace(/^.*node_modules\//, '') in manifest.allowScripts));
    expect(unnamed.map(([path]) => path)).toEqual([]);
    expect(shipped.filter(([path]) => manifest.allowScripts[path.replace('node_modules/', '')] === true)).toEqual([]);
  });
});
