/** A program on a terminal, as a person has it before them: by `script` of util-linux, which is on every Linux. */
import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

export type PseudoTerminal = {
  readonly type: (text: string) => void;
  /** What was shown since the last call, once the pattern is in it. */
  readonly until: (pattern: RegExp) => Promise<string>;
  /** The exit code of the program; kills it after a while. */
  readonly end: () => Promise<number | null>;
};

const PATIENCE_MS = 20_000;

export const hasTerminals = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

/** @param command one line for sh */
export const openTerminal = (
  command: string,
  { cwd, env = {} }: { cwd: string; env?: Readonly<Record<string, string>> },
): PseudoTerminal => {
  const { PATH = '', HOME = '', TMPDIR = tmpdir() } = process.env;
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    cwd,
    env: { PATH, HOME, TMPDIR, TERM: 'dumb', NO_COLOR: '1', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let seen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
  return {
    type: (text) => void child.stdin.write(text),
    until: async (pattern) => {
      for (let waited = 0; waited < PATIENCE_MS && !pattern.test(seen); waited += 50) await wait(50);
      if (!pattern.test(seen)) throw new Error(`the terminal never showed ${pattern}:\n${seen}`);
      const shown = seen;
      seen = '';
      return shown;
    },
    end: async () => {
      const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      const code = await ended;
      clearTimeout(late);
      return code;
    },
  };
};
