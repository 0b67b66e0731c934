#!/usr/bin/env node
// The launcher. It parses on every Node since 14, refuses an old one in one line before anything is loaded, and then hands over.
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write(
    `capi-sync needs Node 22.22 or newer; this is ${process.versions.node}. In a checkout use "npx capi-sync", which brings its own.\n`,
  );
  process.exit(2);
}

// Rows come and go by the thousand. Left alone, V8 lets their garbage grow to many times what is in use, and the C library keeps a heap for
// each thread (docs/performance.md). These are read when Node starts, so a sync starts it once more, in place: the same process, with the
// same signals and streams.
const MEMORY = ['--max-semi-space-size=2', '--heap-growing-percent=50', '--no-parallel-scavenge'];
const ONE_HEAP = { MALLOC_ARENA_MAX: '2' };
const isSync = process.argv.includes('run') || process.argv.includes('start');
// What V8 compiled of dist/ is kept beside it, where the folder may be written to: a command then starts in three quarters of the time.
const COMPILED = fileURLToPath(new URL('../dist/.compile-cache', import.meta.url));
if (isSync && process.execve !== undefined && !process.execArgv.includes(MEMORY[0])) {
  process.execve(process.execPath, [process.execPath, ...MEMORY, ...process.execArgv, ...process.argv.slice(1)], {
    ...ONE_HEAP,
    NODE_COMPILE_CACHE: COMPILED,
    ...process.env,
  });
}
process.getBuiltinModule('node:module').enableCompileCache(process.env.NODE_COMPILE_CACHE ?? COMPILED);

import('../dist/start.js').catch((error) => {
  const isMissing = error?.code === 'ERR_MODULE_NOT_FOUND' && String(error.message).includes('/dist/');
  process.stderr.write(
    isMissing
      ? 'capi-sync is not built; run "npm run build".\n'
      : `capi-sync could not start (${error?.code ?? error}).\n`,
  );
  process.exit(2);
});
