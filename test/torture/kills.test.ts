/**
 * SIGKILL at random moments of a run, on a state in a file and on a server, without and with 15 % of the answers spoilt.
 * 100 kills; TORTURE=long: 1,000 on each state. `CRASH_SEED` repeats a run of this file.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { postgresStateBed, sqliteStateBed } from '../contract/state-beds.ts';
import { FAULTS, type Told, tell } from './kill-story.ts';

const LONG = process.env.TORTURE === 'long';
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);
const stories: Record<string, Told[]> = {};

afterAll(() => {
  console.log(`CRASH_SEED=${SEED}`);
  for (const [name, told] of Object.entries(stories)) {
    const total = (of: keyof Told): number => told.reduce((all, each) => all + each[of], 0);
    console.log(
      `${name}: ${total('kills')} kills, ${total('rows')} rows, ${total('requests')} requests, ${total('inDoubt')} in doubt, ${total('repeats')} repeats, ${total('ms')} ms`,
    );
  }
});

/** A story gets slower with its shop; a long one is several. */
const KILLS_PER_STORY = 50;

describe.concurrent('a process that is killed at any moment', () => {
  it.each([
    { state: 'sqlite', faults: 'none', kills: LONG ? 600 : 30, bed: sqliteStateBed },
    { state: 'sqlite', faults: '15 %', kills: LONG ? 400 : 25, bed: sqliteStateBed },
    { state: 'postgres', faults: 'none', kills: LONG ? 600 : 25, bed: () => postgresStateBed('kills_clean') },
    { state: 'postgres', faults: '15 %', kills: LONG ? 400 : 20, bed: () => postgresStateBed('kills_faults') },
  ])(
    'loses nothing, and repeats only what was in doubt: $kills kills, state on $state, faults: $faults',
    async ({ state, faults, kills, bed }) => {
      const place = bed();
      const name = `${state}, faults: ${faults}`;
      stories[name] = [];
      for (let done = 0, n = 0; done < kills; n += 1) {
        const now = Math.min(KILLS_PER_STORY, kills - done);
        const seed = SEED + n + (faults === 'none' ? 0 : 10_000) + (state === 'sqlite' ? 0 : 20_000);
        stories[name].push(await tell({ bed: place, kills: now, seed, faults: faults === 'none' ? [] : FAULTS }));
        done += now;
      }
      expect(stories[name].reduce((all, { kills: each }) => all + each, 0)).toBe(kills);
    },
    LONG ? 7_200_000 : 900_000,
  );
});
