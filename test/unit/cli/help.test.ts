/** `--help` of every command: two examples that are real command lines, in plain English, without loading what a command works with. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CommandNode } from '../../../src/cli/completion/command-tree.ts';
import { main } from '../../../src/cli/main.ts';

const ROOT = join(import.meta.dirname, '../../..');

afterEach(() => vi.restoreAllMocks());

const printed = async (...args: string[]): Promise<string> => {
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
    text += String(part);
    return true;
  });
  expect(await main(args)).toBe(0);
  vi.restoreAllMocks();
  return text;
};

const { commands } = JSON.parse(await printed('--json', 'completion', 'bash')) as { commands: readonly CommandNode[] };
const leaves = commands.filter((node) => node.commands.length === 0);
const examplesOf = (help: string): string[] => [...help.matchAll(/^ {2}\$ (.+)$/gm)].map(([, line]) => line ?? '');

describe('the help of', () => {
  it('the program names every command', async () => {
    const help = await printed('--help');
    for (const { path } of commands.filter((node) => node.path !== '' && !node.path.includes(' ')))
      expect(help).toMatch(new RegExp(`^ {2}${path}\\b`, 'm'));
    expect(leaves.length).toBeGreaterThan(20);
  });

  it.each(leaves.map((node) => [node.path, node] as const))(
    '%s has two examples, of that command and with its options',
    async (path, node) => {
      const help = await printed(...path.split(' '), '--help');
      const examples = examplesOf(help);
      expect(examples.length).toBeGreaterThanOrEqual(2);
      const known = new Set([...node.options, ...(commands[0]?.options ?? [])].flatMap(({ names }) => names));
      for (const example of examples) {
        expect(example).toMatch(new RegExp(`\\bcapi-sync\\b.*\\b${path}\\b`));
        const own = example.replaceAll(/"[^"]*"/g, '').split(/[>|]/)[0] ?? '';
        for (const [option] of own.matchAll(/(?<=\s)--?[a-z][\w-]*/g)) expect(known, example).toContain(option);
      }
      expect(node.description).toMatch(/^\S.{10,}/);
      for (const { description, names } of node.options) expect(description, names.join()).not.toBe('');
    },
  );
});

/** Counts the files that a process loads, and names the packages among them. */
const COUNTER = `import { registerHooks } from 'node:module';
const seen = [];
registerHooks({ load: (url, context, next) => { if (!url.startsWith('node:')) seen.push(url); return next(url, context); } });
process.on('exit', () => process.stderr.write(JSON.stringify(seen)));`;

describe('--help', () => {
  const built = join(ROOT, 'dist/start.js');
  it.skipIf(!existsSync(built))('loads the program and no library of a source, of state or of the network', () => {
    const hook = `data:text/javascript,${encodeURIComponent(COUNTER)}`;
    const began = performance.now();
    const node = join(ROOT, 'node_modules/.bin/node');
    const run = spawnSync(node, ['--import', hook, join(ROOT, 'bin/capi-sync.js'), '--help'], { encoding: 'utf8' });
    expect(run.stdout).toContain('Usage: capi-sync');
    const loaded = JSON.parse(run.stderr) as string[];
    expect(loaded.filter((url) => url.includes('/node_modules/'))).toEqual([]);
    expect(loaded.length).toBeLessThan(30);
    console.log(
      `--help took ${Math.round(performance.now() - began)} ms here, with the counter; ${loaded.length} files`,
    );
  });
});
