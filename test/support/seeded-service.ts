/** `capi-sync start` as users have it, over a project with a past, one mapping that can really run, and a sandbox to send to. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { ensureBuilt, startCli } from './built-cli.ts';
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';
import { seedProject } from './seeded-project.ts';

export const LIVE = 'live-orders';

const LIVE_MAPPING = `version: 1
name: ${LIVE}
description: Orders that the test makes
source:
  connection: shop
  table: live_orders
  primary_key: id
  timezone: UTC
  cursor: { column: updated_at, start: 30d, lag: 0s, lookback: 10m }
destination: main
event:
  event_name: Purchase
  event_time: =paid_at
  action_source: system_generated
  user_data: { em: =email }
  custom_data: { value: =total, currency: =currency, order_id: =order_no }
`;

export type SeededService = {
  readonly url: string;
  readonly sandbox: SandboxProcess;
  /** Any statements on the shop. */
  readonly sql: (text: string) => void;
  readonly stop: () => Promise<void>;
};

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const PATIENCE_MS = 30_000;

export const startSeededService = async (): Promise<SeededService> => {
  await ensureBuilt();
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-page-'));
  const sandbox = await startSandboxProcess({ token: 'EAAseededToken' });
  const port = await freePort();
  await seedProject(dir, { baseUrl: sandbox.url, port, scheduled: false });
  writeFileSync(join(dir, 'mappings', `${LIVE}.yaml`), LIVE_MAPPING);
  const shop = new Database(join(dir, 'shop.db'));
  const running = startCli(['start'], { cwd: dir });
  const stop = async (): Promise<void> => {
    running.kill('SIGTERM');
    await running.ended;
    await sandbox.stop();
    shop.close();
    rmSync(dir, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  const isReady = (): Promise<boolean> =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  let hasEnded = false;
  void running.ended.then(() => {
    hasEnded = true;
  });
  const until = Date.now() + PATIENCE_MS;
  while (!(await isReady())) {
    if (hasEnded || Date.now() > until) {
      running.kill('SIGKILL');
      throw new Error(`the service did not get ready: ${(await running.ended).stderr.slice(-2000)}`);
    }
    await wait(50);
  }
  return { url, sandbox, sql: (text) => void shop.exec(text), stop };
};
