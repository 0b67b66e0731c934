/** `demo`: a shop, a far side, two syncs and what came of them; no account, no network, nothing left behind. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syncMappings } from '../../app.ts';
import { changeShop } from '../../demo/change-shop.ts';
import { makeShop } from '../../demo/make-shop.ts';
import { EXIT } from '../../errors.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import type { RunResult } from '../../sync/run-mapping.ts';
import type { Command } from '../command.ts';
import { loadOrFail } from '../load.ts';
import { showDemo } from '../show-demo.ts';
import { runJson } from '../show-runs.ts';
import { PACKAGE_ROOT } from '../version.ts';

const DATASET = '1234567890123456';
/** Only the sandbox knows it. */
const TOKEN = 'demo-token-of-the-local-sandbox';

const configOf = (url: string): string => `version: 1
state:
  filename: .capi-sync/state.db
connections:
  shop:
    connector: sqlite
    filename: shop.db
destinations:
  main:
    dataset_id: "${DATASET}"
    access_token: \${DEMO_TOKEN}
    base_url: ${url}
mappings: [mappings/*.yaml]
`;

export type DemoReport = {
  readonly orders: number;
  readonly first: RunResult;
  readonly second: RunResult;
  readonly change: { readonly added: number; readonly updated: number };
  readonly sandbox: Sandbox;
  readonly reasons: readonly { readonly code: string; readonly field: string | undefined; readonly rows: number }[];
};

export const demo: Command<[options: { readonly keep?: boolean }]> = async (context, { keep }) => {
  const { terminal } = context;
  const folder = await mkdtemp(join(tmpdir(), 'capi-sync-demo-'));
  const sandbox = await startSandbox({ token: TOKEN, datasets: [DATASET] });
  try {
    const now = Date.now();
    const shop = join(folder, 'shop.db');
    const { orders } = makeShop(shop, now);
    await mkdir(join(folder, 'mappings'));
    await copyFile(join(PACKAGE_ROOT, 'mappings/demo-shop.yaml'), join(folder, 'mappings/demo-shop.yaml'));
    await writeFile(join(folder, 'config.yaml'), configOf(sandbox.url));
    await writeFile(join(folder, '.env'), `DEMO_TOKEN=${TOKEN}\n`);
    const { project, mappings } = await loadOrFail(join(folder, 'config.yaml'), terminal);
    const sync = async (): Promise<RunResult> => {
      const [result] = await syncMappings(project, mappings, {
        stop: context.stop,
        abort: context.abort,
        onProgress: () => undefined,
      });
      return result as RunResult;
    };
    const first = await sync();
    const reasons = await deadLetterReasons(project);
    const change = changeShop(shop, now);
    const second = await sync();
    const report: DemoReport = { orders, first, second, change, sandbox, reasons };
    if (context.json)
      terminal.out(
        JSON.stringify({ orders, change, runs: [runJson(first), runJson(second)], arrived: sandbox.stats() }),
      );
    else terminal.out(showDemo(report, terminal, keep ? folder : undefined));
    const isRight =
      first.error === undefined &&
      second.error === undefined &&
      second.counts.sent === change.added &&
      sandbox.stats().duplicates === 0;
    return isRight ? EXIT.ok : EXIT.incomplete;
  } finally {
    await sandbox.close();
    if (!keep) await rm(folder, { recursive: true, force: true });
  }
};

const deadLetterReasons = async (project: Parameters<typeof syncMappings>[0]): Promise<DemoReport['reasons']> => {
  const { openProjectState } = await import('../../app.ts');
  const state = await openProjectState(project);
  try {
    return await state.summariseDeadLetters(undefined);
  } finally {
    await state.close();
  }
};
