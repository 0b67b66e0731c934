/**
 * A connection whose other side is gone without a word, behind a firewall that forgot it or on a machine that lost its power, must not be waited
 * for until the system's two hours are over. What the kernel has been told is in /proc/net/tcp, so this runs on Linux.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Source } from '../../connectors/connector.ts';
import { loadConnector } from '../../connectors/index.ts';
import { keepAliveMs } from '../../connectors/sql/server-options.ts';
import { openState } from '../../src/state/open-state.ts';
import { freshMysql, freshPostgres } from '../support/databases-fresh.ts';
import { mysqlStateBed, postgresStateBed, type StateBed } from './state-beds.ts';

type Timer = { readonly kind: 'none' | 'keep-alive' | 'other'; readonly ms: number };

/** Of every open connection of this process to that port: the timer that runs on it. A hundred ticks are a second. */
const timersTo = (port: number): Timer[] =>
  readFileSync('/proc/self/net/tcp', 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote = '', state]) => state === '01' && Number.parseInt(remote.split(':')[1] ?? '', 16) === port)
    .map(([, , , , , timer = '']) => {
      const [kind, ticks = '0'] = timer.split(':');
      return {
        kind: kind === '02' ? 'keep-alive' : kind === '00' ? 'none' : 'other',
        ms: Number.parseInt(ticks, 16) * 10,
      };
    });

const isWatched = ({ kind, ms }: Timer): boolean => kind === 'keep-alive' && ms <= keepAliveMs;

describe.each([
  { engine: 'postgres', fresh: freshPostgres, bed: (): StateBed => postgresStateBed('keep_alive_state') },
  { engine: 'mysql', fresh: freshMysql, bed: (): StateBed => mysqlStateBed('keep_alive_state') },
])('a silent connection to $engine', ({ engine, fresh, bed }) => {
  let source: Source;
  let port: number;

  beforeAll(async () => {
    const url = await fresh('keep_alive_shop');
    port = Number(new URL(url).port);
    const connector = await loadConnector(engine);
    source = await connector!.open({ url }, { baseDir: '/' });
  });
  afterAll(() => source.close());

  it('of a source is asked after a quarter of a minute whether the server is there', async () => {
    const before = timersTo(port).filter(isWatched).length;
    await source.inspect!.server();
    expect(timersTo(port).filter(isWatched).length).toBeGreaterThan(before);
  });

  it('of a state is, too', async () => {
    const place = bed();
    await place.setUp();
    const before = timersTo(port).filter(isWatched).length;
    const state = await openState(place.place());
    expect(timersTo(port).filter(isWatched).length).toBeGreaterThan(before);
    await state.close();
  });
});
