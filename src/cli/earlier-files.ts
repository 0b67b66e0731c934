/** The files that a plan compares with: of a folder, or of a git revision, which is put into a private folder for the time of the work. */
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { EXIT, FatalError } from '../errors.ts';

export type EarlierFiles = {
  /** The config file among them. */
  readonly configFile: string;
  readonly remove: () => Promise<void>;
};

/** @throws FatalError `plan-against` */
export const earlierFiles = async (against: string, configFile: string): Promise<EarlierFiles> => {
  const path = resolve(against);
  if (existsSync(path)) {
    const found = statSync(path).isDirectory() ? join(path, basename(configFile)) : path;
    if (!existsSync(found)) throw noFiles(`there is no ${basename(configFile)} in ${against}`);
    return { configFile: found, remove: async () => undefined };
  }
  return fromGit(against, resolve(configFile));
};

const noFiles = (
  message: string,
  hint = '--against takes a folder, a config file, or a revision of git such as origin/main',
): FatalError => new FatalError('plan-against', message, { hint, exitCode: EXIT.usage });

const fromGit = async (revision: string, configFile: string): Promise<EarlierFiles> => {
  const cwd = dirname(configFile);
  const top = await git(cwd, ['rev-parse', '--show-toplevel']).catch(() => undefined);
  if (top === undefined) throw noFiles(`"${revision}" is no folder, and ${cwd} is in no git repository`);
  // A leading hyphen would be an option of git's.
  const commit = await git(cwd, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]).catch(
    () => undefined,
  );
  if (commit === undefined) throw noFiles(`there is no folder and no git revision "${revision}"`);
  const root = await realpath(top.toString().trim());
  const inRepository = relative(root, await realpath(cwd));
  const names = (await git(root, ['ls-tree', '-r', '-z', '--name-only', commit.toString().trim()]))
    .toString()
    .split('\0');
  const files = names.filter((name) => /\.ya?ml$/i.test(name));
  const config = join(inRepository, basename(configFile)).split(sep).join('/');
  if (!files.includes(config)) throw noFiles(`revision "${revision}" has no ${config}`);
  const texts = await readBlobs(root, commit.toString().trim(), files);
  const folder = await mkdtemp(join(tmpdir(), 'capi-sync-plan-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    for (const [name, text] of texts) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text, { mode: 0o600 });
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { configFile: join(folder, config), remove };
};

/** One process for all files: `cat-file --batch` gives `<id> blob <size>\n<bytes>\n` for each. */
const readBlobs = async (root: string, commit: string, files: readonly string[]): Promise<Map<string, Buffer>> => {
  const out = await git(root, ['cat-file', '--batch'], files.map((name) => `${commit}:${name}\n`).join(''));
  const texts = new Map<string, Buffer>();
  let at = 0;
  for (const name of files) {
    const end = out.indexOf(10, at);
    const size = Number(/ blob (\d+)$/.exec(out.toString('utf8', at, end))?.[1] ?? Number.NaN);
    at = end + 1;
    // A submodule or a name with a line break: nothing of ours.
    if (Number.isNaN(size)) continue;
    texts.set(name, out.subarray(at, at + size));
    at += size + 1;
  }
  return texts;
};

const git = (cwd: string, args: readonly string[], input = ''): Promise<Buffer> =>
  new Promise((done, failed) => {
    const child = spawn('git', args, { cwd, stdio: ['pipe', 'pipe', 'ignore'] });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.once('error', failed);
    child.once('close', (code) =>
      code === 0 ? done(Buffer.concat(parts)) : failed(new Error(`git ended with ${code}`)),
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
