/** The example of the README, from an empty folder: its files are written, its commands are run, and what they print is compared. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../../../src/sandbox/start-sandbox.ts';
import { blocksOf, ROOT } from './markdown-files.ts';

const START = join(ROOT, 'src/cli/start.ts');
const blocks = blocksOf('README.md');
const textOf = (info: string): string => blocks.find((block) => block.info === info)?.text ?? '';

type Step = { readonly command: string; readonly expected: readonly string[] };

const steps: Step[] = textOf('console replay')
  .split(/^\$ /m)
  .slice(1)
  .map((part) => {
    const [command = '', ...expected] = part.trimEnd().split('\n');
    return { command, expected };
  });

/** Times and durations differ from run to run. */
const steady = (line: string): string =>
  line
    .replaceAll(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}(:\d{2})?/g, '<time>')
    .replaceAll(/("event_time": )\d+/g, '$1<seconds>')
    .replaceAll(/\d+\.\d$/g, '<seconds>')
    .trimEnd();

/** `...` stands for any lines, also for none. */
const matches = (expected: readonly string[], actual: readonly string[]): boolean => {
  const [first, ...rest] = expected;
  if (first === undefined) return actual.length === 0;
  if (first === '...') return actual.some((_, n) => matches(rest, actual.slice(n))) || matches(rest, []);
  return actual[0] === first && matches(rest, actual.slice(1));
};

describe('the example of the README', () => {
  let folder: string;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const sandbox = await startSandbox();
    close = sandbox.close;
    folder = mkdtempSync(join(tmpdir(), 'capi-sync-readme-'));
    mkdirSync(join(folder, 'mappings'));
    const shop = new Database(join(folder, 'shop.db'));
    shop.exec(textOf('sql'));
    shop.close();
    writeFileSync(join(folder, 'config.yaml'), textOf('yaml config').replace('http://127.0.0.1:8787', sandbox.url));
    writeFileSync(join(folder, 'mappings/orders.yaml'), textOf('yaml mapping'));
    const [, command = 'false'] = /^(echo .* > \.env)$/m.exec(blocks.map(({ text }) => text).join('\n')) ?? [];
    execFileSync('sh', ['-c', command], { cwd: folder });
  });
  afterAll(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });

  it('has its commands', () => {
    expect(steps.map(({ command }) => command.split(' ')[1])).toEqual([
      'validate',
      'preview',
      'run',
      'dead-letters',
      'run',
    ]);
  });

  it('prints what the README says', { timeout: 180_000 }, async () => {
    for (const { command, expected } of steps) {
      const args = command.split(' ').slice(1);
      const done = await promisify(execFile)(process.execPath, [START, ...args], { cwd: folder }).catch(
        (error: { stdout: string; code: number }) => error,
      );
      const actual = done.stdout.trimEnd().split('\n').map(steady);
      const wanted = expected.map(steady);
      if (!matches(wanted, actual)) expect(actual, command).toEqual(wanted);
    }
  });
});
