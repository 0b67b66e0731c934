import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The largest resident set so far, in MB; undefined where the system has no /proc. */
const peakMb = (pid) => {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return line === null ? undefined : Math.round(Number(line[1]) / 1024);
  } catch {
    return undefined;
  }
};

/**
 * Runs `node ...flags script ...args` to its end: wall time from start to exit, peak memory, and the JSON document it prints.
 * Rejects where it exits with anything but 0 or prints no JSON.
 */
export const measureChild = (script, args, { env = {}, cwd, flags = [] } = {}) =>
  new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, [...flags, script, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let peak;
    const watch = setInterval(() => {
      peak = peakMb(child.pid) ?? peak;
    }, 25);
    const out = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      out.stderr = (out.stderr + text).slice(-4000);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const ms = performance.now() - start;
      clearInterval(watch);
      if (code !== 0) return reject(new Error(`${script} ended with ${code}\n${out.stderr}`));
      try {
        resolve({ ms, peakMb: peak, result: JSON.parse(out.stdout) });
      } catch (cause) {
        reject(new Error(`${script} printed no JSON\n${out.stderr}`, { cause }));
      }
    });
  });
