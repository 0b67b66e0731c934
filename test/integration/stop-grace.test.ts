/** A request to stop that the far side does not let come to an end: the grace is over before the platform's patience is. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { withGrace } from '../../src/cli/stop-grace.ts';
import { ensureBuilt } from '../support/built-cli.ts';
import { openFarSide } from '../support/far-side.ts';
import { goodOrders, makeProject, runOf } from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

describe('the grace of a stop', () => {
  it('cuts what the far side never answers: exit 143, in doubt, and the next run completes', async () => {
    const farSide = await openFarSide({ faults: [{ kind: 'slow', ms: 60_000 }] });
    const project = makeProject({ baseUrl: farSide.url, timeout: '50s' });
    onTestFinished(async () => {
      await farSide.close();
      project.remove();
    });
    const config = join(project.dir, 'config.yaml');
    writeFileSync(config, `${readFileSync(config, 'utf8')}scheduler: { grace: 1s }\n`);
    project.insert(goodOrders(1500));
    const running = project.startCli(['run', '--json']);
    while (farSide.stats().requests < 2) await wait(10);
    const asked = Date.now();
    running.kill('SIGTERM');
    const exit = await running.ended;
    expect(exit.code, exit.stdout + exit.stderr).toBe(143);
    // Not before the grace; and far from the 50 seconds of the request.
    expect(Date.now() - asked).toBeGreaterThanOrEqual(900);
    expect(Date.now() - asked).toBeLessThan(30_000);
    expect(runOf(exit)).toMatchObject({ status: 'failed', sent: 0, rejected: 0, error: { code: 'interrupted' } });
    farSide.setFaults([]);
    expect((await project.run()).run).toMatchObject({ status: 'succeeded', sent: 1500, in_doubt_resent: 1500 });
  });

  it('ends at once where a second signal asks for it, and does nothing where none was asked for', async () => {
    const [stop, abort] = [new AbortController(), new AbortController()];
    const late = withGrace(stop.signal, abort.signal, 60_000);
    stop.abort();
    expect(late.abort.aborted).toBe(false);
    abort.abort();
    expect(late.abort.aborted).toBe(true);
    late.end();
    const never = new AbortController();
    const quiet = withGrace(never.signal, new AbortController().signal, 1);
    await wait(20);
    expect(quiet.abort.aborted).toBe(false);
    quiet.end();
    never.abort();
    await wait(20);
    expect(quiet.abort.aborted).toBe(false);
  });
});
