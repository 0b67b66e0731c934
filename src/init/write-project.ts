/** Puts the files of a new project on disk. What is there already stays, unless it is forced; `.env` and `.gitignore` only grow. */
import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { EXIT, FatalError } from '../errors.ts';
import { IGNORED } from './project-texts.ts';

export type ProjectFiles = {
  readonly dir: string;
  /** Text by path, relative to the folder. */
  readonly files: ReadonlyMap<string, string>;
  /** Lines of `.env` by name; undefined: none is written. */
  readonly environment: { readonly text: string; readonly force: ReadonlySet<string> } | undefined;
  readonly force: boolean;
};

/** @throws FatalError `file-exists`, before anything is written */
export const writeProject = async ({ dir, files, environment, force }: ProjectFiles): Promise<string[]> => {
  const there = [...files.keys()].filter((path) => existsSync(join(dir, path)));
  if (there.length > 0 && !force)
    throw new FatalError('file-exists', `there already: ${there.join(', ')}`, {
      hint: 'choose another folder with --dir, or overwrite them with --force',
      exitCode: EXIT.usage,
    });
  const written: string[] = [];
  for (const [path, text] of files) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
    written.push(path);
  }
  if (environment && (await growEnvironment(join(dir, '.env'), environment))) written.push('.env');
  if (await growIgnored(join(dir, '.gitignore'))) written.push('.gitignore');
  return written.map((path) => relative('', join(dir, path)) || path);
};

const textOf = async (path: string): Promise<string> => (existsSync(path) ? readFile(path, 'utf8') : '');

/** Adds the names that are not there yet, and those of `force`: the last line of a name wins. */
const growEnvironment = async (
  path: string,
  { text, force }: NonNullable<ProjectFiles['environment']>,
): Promise<boolean> => {
  const old = await textOf(path);
  if (old === '') {
    await writeFile(path, text, { mode: 0o600 });
    await chmod(path, 0o600);
    return true;
  }
  const known = new Set([...old.matchAll(/^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/gm)].map(([, name]) => name));
  const lines = text.split('\n').filter((line) => {
    const name = /^([A-Za-z_]\w*)=/.exec(line)?.[1];
    return name !== undefined && (!known.has(name) || force.has(name)) && !old.split('\n').includes(line);
  });
  if (lines.length === 0) return false;
  await appendFile(path, `${old.endsWith('\n') ? '' : '\n'}${lines.join('\n')}\n`);
  return true;
};

const growIgnored = async (path: string): Promise<boolean> => {
  const old = await textOf(path);
  const lines = old.split(/\r?\n/).map((line) => line.trim());
  const missing = IGNORED.filter((name) => !lines.includes(name) && !lines.includes(`/${name}`));
  if (missing.length === 0) return false;
  await appendFile(path, `${old === '' || old.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`);
  return true;
};
