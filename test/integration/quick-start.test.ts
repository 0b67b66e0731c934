/** docs/quick-start.md, replayed from an empty folder: the very commands, in a shell, and what they print. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { ensureBuilt } from '../support/built-cli.ts';
import { chinookBeds } from '../support/chinook.ts';
import { blocksOf } from '../unit/docs/markdown-files.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const REAL = 'http://127.0.0.1:8787';

const steps = blocksOf('docs/quick-start.md')
  .filter(({ info }) => info === 'console replay')
  .flatMap(({ text }) => text.split(/^\$ /m).slice(1))
  .map((part) => {
    const [command = '', ...expected] = part.trimEnd().split('\n');
    return { command, expected };
  });

let [folder, bin] = ['', ''];
let sandbox: Sandbox;
let url = '';

beforeAll(async () => {
  inject('postgresUrl');
  await ensureBuilt();
  sandbox = await startSandbox();
  folder = mkdtempSync(join(tmpdir(), 'capi-sync-quick-'));
  bin = mkdtempSync(join(tmpdir(), 'capi-sync-quick-bin-'));
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    join(bin, 'capi-sync'),
    `#!/bin/sh\nexec "${ROOT}/node_modules/.bin/node" "${ROOT}/bin/capi-sync.js" "$@"\n`,
  );
  chmodSync(join(bin, 'capi-sync'), 0o755);
  url = (await chinookBeds.postgres!(folder, Date.now())).url;
}, 180_000);
afterAll(async () => {
  await sandbox.close();
  for (const dir of [folder, bin]) rmSync(dir, { recursive: true, force: true });
});

const shell = (command: string): Promise<{ out: string; err: string; code: number | null }> =>
  new Promise((done, failed) => {
    // The sandbox of the test listens elsewhere.
    const child = spawn(
      'bash',
      ['-c', command.replaceAll(`base_url: ${REAL}|' config`, `base_url: ${sandbox.url}|' config`)],
      {
        cwd: folder,
        env: { PATH: `${bin}:${process.env.PATH}`, HOME: folder, NO_COLOR: '1', CHINOOK_URL: url },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let [out, err] = ['', ''];
    child.stdout.on('data', (part) => (out += part));
    child.stderr.on('data', (part) => (err += part));
    child.once('error', failed).once('close', (code) => done({ out, err, code }));
  });

/** A line of `...` stands for any lines, also for none; at the end of a line for any text. */
const matches = (expected: readonly string[], actual: readonly string[]): boolean => {
  const [first, ...rest] = expected;
  if (first === undefined) return actual.length === 0;
  if (first === '...') return actual.some((_, n) => matches(rest, actual.slice(n))) || matches(rest, []);
  const isLine = first.endsWith('...') ? actual[0]?.startsWith(first.slice(0, -3)) : actual[0] === first;
  return isLine === true && matches(rest, actual.slice(1));
};

describe('the quick start', () => {
  it('does what it says, command by command', { timeout: 180_000 }, async () => {
    expect(steps.length).toBeGreaterThanOrEqual(10);
    const began = performance.now();
    for (const { command, expected } of steps) {
      const { out, err, code } = await shell(command);
      const actual =
        out === ''
          ? []
          : out
              .trimEnd()
              .split('\n')
              .map((line) => line.trimEnd());
      if (!matches(expected, actual)) expect(actual, `${command}\n${err}`).toEqual(expected);
      expect(code, `${command}\n${err}`).toBe(0);
    }
    console.log(`the commands of the quick start took ${Math.round((performance.now() - began) / 100) / 10} s here`);
    expect(sandbox.stats().byEventName).toMatchObject({ Purchase: { count: 412 } });
  });
});
