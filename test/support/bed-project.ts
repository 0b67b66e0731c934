/** A project over one of the contract's databases, run in the test's own process against a sandbox. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type SyncOptions, syncMapping } from '../../src/app.ts';
import { loadAll } from '../../src/cli/load.ts';
import type { ParsedMapping } from '../../src/mapping/compile-mapping.ts';
import { processOwner } from '../../src/state/leases.ts';
import { openState } from '../../src/state/open-state.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import type { RunResult } from '../../src/sync/run-mapping.ts';
import type { Bed } from '../contract/source-beds.ts';
import { type FarSide, openFarSide } from './far-side.ts';
import { DATASET, TOKEN } from './sync-project.ts';

export type BedProject = {
  readonly run: (changes?: Partial<SyncOptions>) => Promise<RunResult>;
  readonly farSide: FarSide;
  readonly withState: <T>(work: (state: StateStore, mapping: ParsedMapping) => Promise<T>) => Promise<T>;
  /** Order numbers that arrived, in no order. */
  readonly arrived: () => number[];
};

/** @param source what stands in `source:` beside connection and key. Rows have `id` and `paid`, Unix seconds. */
export const bedProject = async (bed: Bed, source: string): Promise<BedProject> => {
  const farSide = await openFarSide();
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-backfill-'));
  onTestFinished(async () => {
    await farSide.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const options = bed.options();
  const where = 'url' in options ? 'url: ${SHOP}' : 'filename: ${SHOP}';
  mkdirSync(join(dir, 'mappings'));
  writeFileSync(join(dir, '.env'), `META_ACCESS_TOKEN=${TOKEN}\nSHOP=${String(options.url ?? options.filename)}\n`);
  writeFileSync(
    join(dir, 'config.yaml'),
    `version: 1
state: { filename: state.db }
connections:
  shop:
    connector: ${bed.name}
    ${where}
destinations: { main: { dataset_id: "${DATASET}", access_token: "\${META_ACCESS_TOKEN}", base_url: "${farSide.url}" } }
mappings: [mappings/*.yaml]
`,
  );
  writeFileSync(
    join(dir, 'mappings/orders.yaml'),
    `version: 1
name: orders
source: { connection: shop, primary_key: id, ${source} }
event:
  event_name: Purchase
  event_time: =paid
  action_source: system_generated
  user_data: { external_id: ="buyer-" + string(id) }
  custom_data: { value: 5, currency: EUR, order_id: =string(id) }
`,
  );
  const withState: BedProject['withState'] = async (work) => {
    const { mappings, diagnostics } = await loadAll(join(dir, 'config.yaml'));
    const [mapping] = mappings;
    if (!mapping) throw new Error(`the project does not load: ${JSON.stringify(diagnostics)}`);
    const state = await openState(join(dir, 'state.db'));
    try {
      return await work(state, mapping);
    } finally {
      await state.close();
    }
  };
  return {
    farSide,
    withState,
    arrived: () => [...farSide.arrivals().keys()].map(Number).toSorted((a, b) => a - b),
    run: (changes = {}) =>
      withState(async (state, mapping) => {
        const { project, diagnostics } = await loadAll(join(dir, 'config.yaml'));
        if (!project) throw new Error(`the project does not load: ${JSON.stringify(diagnostics)}`);
        const never = new AbortController().signal;
        const options = { stop: never, abort: never, onProgress: () => undefined, ...changes };
        return syncMapping(project, mapping, state, processOwner(), options);
      }),
  };
};
