/** `validate --fix`: mends what is certain, looks again, and goes on until nothing more is found. Files are written by the caller. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { applyFixes, type Fix } from '../lint/apply-fixes.ts';
import { type Loaded, loadAll } from './load.ts';

/** A mended key lets the checks of a second look see further; more looks than that find nothing new. */
const MOST_LOOKS = 5;

export type FixedProject = {
  /** As the files would be. */
  readonly loaded: Loaded;
  readonly fixes: readonly Fix[];
  /** New texts, by absolute path. */
  readonly texts: ReadonlyMap<string, string>;
};

export const fixProject = async (configFile: string): Promise<FixedProject> => {
  const texts = new Map<string, string>();
  const fixes: Fix[] = [];
  const given = new Set<string>();
  let loaded = await loadAll(configFile);
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const tried = new Map(texts);
    const made: Fix[] = [];
    for (const file of new Set(loaded.diagnostics.map((each) => each.file))) {
      const path = resolve(file);
      const own = loaded.diagnostics.filter((each) => each.file === file && each.instead !== undefined);
      if (own.length === 0 || given.has(file)) continue;
      const fixed = applyFixes(tried.get(path) ?? (await readFile(path, 'utf8')), own);
      if (fixed.fixes.length === 0) continue;
      tried.set(path, fixed.text);
      made.push(...fixed.fixes);
    }
    if (made.length === 0) break;
    const after = await loadAll(configFile, { texts: tried });
    const worse = spoiltFiles(loaded, after);
    for (const file of worse) given.add(file);
    if (worse.size > 0) continue;
    for (const [path, text] of tried) texts.set(path, text);
    fixes.push(...made);
    loaded = after;
  }
  return { loaded, fixes, texts };
};

/** Two keys that were both meant to be the same one: a person has to choose. */
const spoiltFiles = (before: Loaded, after: Loaded): Set<string> => {
  const SPOILT = new Set(['duplicate-key', 'yaml-syntax', 'expression-syntax', 'expression-type']);
  const count = ({ diagnostics }: Loaded, file: string): number =>
    diagnostics.filter((each) => each.file === file && SPOILT.has(each.code)).length;
  const files = [...new Set(after.diagnostics.map(({ file }) => file))];
  return new Set(files.filter((file) => count(after, file) > count(before, file)));
};
