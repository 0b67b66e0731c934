/**
 * Takes out of node_modules what an image does not need: libraries whose code is in dist/, types and documentation, and of better-sqlite3 the sources
 * and the binaries for other machines. What stays is what the packages that stay depend on. Its argument is the folder that holds node_modules.
 */
import { existsSync, globSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { INLINED } from './inlined-packages.ts';

type Manifest = {
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
};

const root = process.argv[2] ?? '.';
const modules = join(root, 'node_modules');
const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** As Node looks for it: beside the package, then further up. */
const find = (name: string, from: string): string | undefined => {
  for (let at = from; at.length >= root.length; at = join(at, '..')) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (at === root || at === '.' || at === '/') return undefined;
  }
  return undefined;
};

const kept = new Set<string>();
const keep = (folder: string): void => {
  if (kept.has(folder)) return;
  kept.add(folder);
  const { dependencies, optionalDependencies, peerDependencies } = manifestOf(folder);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    const found = find(name, folder);
    if (found !== undefined) keep(found);
  }
};
for (const name of Object.keys(manifestOf(root).dependencies ?? {})) {
  if (INLINED.includes(name)) continue;
  const found = find(name, root);
  if (found === undefined) throw new Error(`${name} is not installed`);
  keep(found);
}

const names = readdirSync(modules).flatMap((name) =>
  name.startsWith('@') ? readdirSync(join(modules, name)).map((each) => `${name}/${each}`) : [name],
);
for (const name of names) {
  const folder = join(modules, name);
  if (name !== '.package-lock.json' && !kept.has(folder)) rmSync(folder, { recursive: true, force: true });
}

/** Nothing of these is ever loaded. Licences stay. */
const USELESS = ['**/*.{ts,mts,cts,map,tsbuildinfo}', '**/{README,CHANGELOG,HISTORY,CONTRIBUTING}*.md', '**/*.flow'];
for (const file of globSync(USELESS, { cwd: modules })) {
  if (statSync(join(modules, file)).isFile()) rmSync(join(modules, file));
}
const sqlite = join(modules, 'better-sqlite3');
for (const name of ['deps', 'src', 'binding.gyp']) rmSync(join(sqlite, name), { recursive: true, force: true });
const ours = `${process.platform}-${process.arch}.node`;
for (const name of readdirSync(join(sqlite, 'prebuilds'))) if (name !== ours) rmSync(join(sqlite, 'prebuilds', name));
