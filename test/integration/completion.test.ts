/** Completion in the shells themselves: the Tab key is pressed in a bash and a zsh on a terminal. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, runCli } from '../support/built-cli.ts';
import { installPackages } from '../support/databases-install.ts';
import { hasTerminals, openTerminal, type PseudoTerminal } from '../support/pseudo-terminal.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  await ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'capi-sync-completion-'));
  mkdirSync(join(folder, 'mappings'));
  mkdirSync(join(folder, 'bin'));
  const program = join(folder, 'bin/capi-sync');
  writeFileSync(program, `#!/bin/sh\nexec "${ROOT}/node_modules/.bin/node" "${ROOT}/bin/capi-sync.js" "$@"\n`);
  chmodSync(program, 0o755);
  env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, HOME: folder };
  writeFileSync(join(folder, 'config.yaml'), 'version: 1\nmappings: [mappings/*.yaml]\n');
  writeFileSync(join(folder, 'other.yaml'), 'version: 1\nmappings: [other/*.yaml]\n');
  // The second does not load: names are wanted while one is at work.
  writeFileSync(join(folder, 'mappings/a.yaml'), 'name: shop-purchases\nevnt: {}\n');
  writeFileSync(join(folder, 'mappings/b.yaml'), 'name: web-leads # of the forms\n');
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a line becomes when Tab is pressed at its end. */
const COMPLETED: readonly (readonly [typed: string, becomes: RegExp])[] = [
  ['capi-sync valid', /capi-sync validate /],
  ['capi-sync run we', /capi-sync run web-leads /],
  ['capi-sync --json explain shop', /capi-sync --json explain shop-purchases /],
  ['capi-sync dead-letters ret', /capi-sync dead-letters retry /],
  ['capi-sync validate --format sa', /capi-sync validate --format sarif /],
  ['capi-sync validate --stri', /capi-sync validate --strict /],
  ['capi-sync schema map', /capi-sync schema mapping /],
  ['capi-sync -c oth', /capi-sync -c other\.yaml ?/],
];

const pressTab = async (terminal: PseudoTerminal): Promise<void> => {
  for (const [typed, becomes] of COMPLETED) {
    terminal.type(`${typed}\t`);
    await terminal.until(becomes);
    // Away with the line, and to where the next can be told from it.
    terminal.type('\x15echo done\n');
    await terminal.until(/\ndone\r?\n/);
  }
  terminal.type('exit\n');
  expect(await terminal.end()).toBe(0);
};

describe.skipIf(!hasTerminals)('the Tab key', () => {
  it('completes in bash', { timeout: 60_000 }, async () => {
    const terminal = openTerminal('bash --norc --noprofile -i', { cwd: folder, env });
    terminal.type('source <(capi-sync completion bash); echo loaded\n');
    await terminal.until(/\nloaded\r?\n/);
    await pressTab(terminal);
  });

  it('completes in zsh', { timeout: 240_000 }, async (context) => {
    if (!has('zsh')) await installPackages(['zsh']).catch(() => undefined);
    if (!has('zsh')) context.skip('there is no zsh here, and it cannot be installed (that takes Debian and root)');
    const terminal = openTerminal('zsh -f -i', { cwd: folder, env });
    terminal.type('autoload -U compinit; compinit -u -D; source <(capi-sync completion zsh); echo loaded\n');
    await terminal.until(/\nloaded\r?\n/);
    await pressTab(terminal);
  });
});

/** fish tells what Tab would offer. */
describe.skipIf(!has('fish'))('in fish', () => {
  it('completes the same', async () => {
    writeFileSync(join(folder, 'capi-sync.fish'), (await runCli(['completion', 'fish'], { cwd: folder })).stdout);
    for (const [typed, becomes] of COMPLETED) {
      const ask = ['--no-config', '-c', `source capi-sync.fish; complete -C '${typed}'`];
      const { stdout } = spawnSync('fish', ask, { cwd: folder, env: { ...process.env, ...env }, encoding: 'utf8' });
      const words = stdout.split('\n').map((line) => line.split('\t')[0] ?? '');
      const whole = words.map((word) => `${typed.replace(/\S*$/, '')}${word} `);
      expect(
        whole.some((line) => becomes.test(line)),
        `${typed}: ${stdout}`,
      ).toBe(true);
    }
  });
});

describe('completion', () => {
  it('prints a script that each shell can read', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { stdout, code } = await runCli(['completion', shell], { cwd: folder });
      expect(code).toBe(0);
      const file = join(folder, `script.${shell}`);
      writeFileSync(file, stdout);
      if (has(shell)) expect(spawnSync(shell, ['-n', file], { encoding: 'utf8' }).stderr).toBe('');
    }
  });

  it('names the mappings of another configuration, and none where there is none', async () => {
    expect((await runCli(['completion', 'mappings'], { cwd: folder })).stdout).toBe('shop-purchases\nweb-leads\n');
    expect((await runCli(['-c', 'other.yaml', 'completion', 'mappings'], { cwd: folder })).stdout).toBe('');
    const unknown = await runCli(['completion', 'tcsh'], { cwd: folder });
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('there are bash, zsh, fish')]);
  });
});
