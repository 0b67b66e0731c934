/** `on_unknown: hold`, through the built program: what is in doubt waits for a person, everything else goes on. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ensureBuilt } from '../support/built-cli.ts';
import { openFarSide } from '../support/far-side.ts';
import { goodOrder, goodOrders, MAPPING, makeProject, type RunJson } from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

/** Ten orders whose answer never came, because the request was cut; the events arrived. */
const interrupted = async () => {
  const far = await openFarSide({ faults: [{ kind: 'timeout', stored: true, times: 1 }] });
  onTestFinished(far.close);
  const project = makeProject({ baseUrl: far.url });
  onTestFinished(project.remove);
  const file = join(project.dir, 'mappings', `${MAPPING}.yaml`);
  writeFileSync(file, `${readFileSync(file, 'utf8')}on_unknown: hold\n`);
  project.insert(goodOrders(10));
  const child = project.startCli(['run', '--json']);
  while (far.stats().requests === 0) await new Promise((done) => setTimeout(done, 10));
  child.kill('SIGKILL');
  await child.ended;
  project.insert([goodOrder(11), goodOrder(12)]);
  return { project, far };
};
const inDoubt = async ({ project }: Awaited<ReturnType<typeof interrupted>>): Promise<number> =>
  JSON.parse((await project.cli(['status', '--json'])).stdout).mappings[0].in_doubt;
const heldOf = (run: RunJson): number | undefined => (run as RunJson & { held?: number }).held;

describe('events in doubt', () => {
  it('are held, run after run, while others are sent; confirmed, they are never sent again', async () => {
    const bed = await interrupted();
    for (const sent of [2, 0]) {
      const { run, exit } = await bed.project.run();
      expect(run).toMatchObject({ status: 'failed', sent, in_doubt_resent: 0, error: { code: 'in-doubt-held' } });
      expect(heldOf(run)).toBe(10);
      expect(exit.code).toBe(1);
    }
    expect(await inDoubt(bed)).toBe(10);
    expect((await bed.project.cli(['in-doubt', 'confirm', MAPPING])).code).toBe(2);
    expect(await inDoubt(bed)).toBe(10);
    expect((await bed.project.cli(['in-doubt', 'confirm', MAPPING, '--yes'])).code).toBe(0);
    const { run, exit } = await bed.project.run();
    expect(run).toMatchObject({ status: 'succeeded', sent: 0, requests: 0, error: null });
    expect(exit.code).toBe(0);
    expect(await inDoubt(bed)).toBe(0);
    expect(bed.far.repeats()).toBe(0);
    expect(bed.far.arrivals().size).toBe(12);
  });

  it('are sent again, with the same ids, once a person says so', async () => {
    const bed = await interrupted();
    expect(heldOf((await bed.project.run()).run)).toBe(10);
    expect((await bed.project.cli(['in-doubt', 'resend', MAPPING, '--yes'])).code).toBe(0);
    expect((await bed.project.run()).run).toMatchObject({ status: 'succeeded', sent: 10, error: null });
    expect(bed.far.repeats()).toBe(10);
    expect(bed.far.changed()).toEqual([]);
    expect([...bed.far.arrivals().values()].every(({ ids }) => ids.size === 1)).toBe(true);
    expect((await bed.project.cli(['in-doubt', 'resend', MAPPING, '--yes'])).stdout).toContain('no event is in doubt');
  });
});
