import { execFile } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const policy = '/usr/sbin/policy-rc.d';

/** Installs the servers on Debian as root, without starting their system services. Fails anywhere else. */
export const installServers = (): Promise<void> => installPackages(['postgresql', 'mariadb-server']);

/** Installs Debian's packages as root, without starting services. Fails anywhere else. */
export async function installPackages(names: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    throw new Error('cannot install them here (that takes Debian and root)');
  }
  const hadPolicy = existsSync(policy);
  // 101: the package may not start its service.
  if (!hadPolicy) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const run = promisify(execFile);
    const options = { timeout: 300_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    await run('apt-get', ['update', '-q'], options).catch(() => undefined);
    await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names], options);
  } finally {
    if (!hadPolicy) rmSync(policy, { force: true });
  }
}
