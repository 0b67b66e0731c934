import { expect, it } from 'vitest';
import type { ReadRange } from '../../../connectors/connector.ts';
import type { ThreadMapper } from '../../../src/sync/open-map-threads.ts';
import type { PageTask } from '../../../src/sync/page-mapper.ts';
import { FULL_PAGES, pageMappers } from '../../../src/sync/page-mappers.ts';

const RANGE: ReadRange = { columns: ['id'], pageSize: 1 };
const TASK: PageTask = {
  read: Promise.resolve(undefined),
  mapped: Promise.resolve(undefined),
  giveBack: () => undefined,
};

const setUp = (threads = 2) => {
  const log: string[] = [];
  const state = Array.from({ length: threads }, () => ({ isReady: false, openTasks: 0 }));
  const mapper = (name: string) => ({
    map: () => {
      log.push(name);
      return TASK;
    },
    close: async () => void log.push(`${name} closed`),
  });
  const open = (): ThreadMapper[] => {
    log.push('open');
    return state.map((each, n) => ({
      ...mapper(`thread ${n}`),
      isReady: () => each.isReady,
      openTasks: () => each.openTasks,
    }));
  };
  return { log, state, mappers: pageMappers(mapper('local'), open) };
};

it('maps a few pages itself, and opens no thread for them', async () => {
  const { log, mappers } = setUp();
  for (let n = 1; n < FULL_PAGES; n += 1) {
    mappers.map(RANGE);
    mappers.expectMore();
  }
  mappers.map(RANGE);
  await mappers.close();
  expect(log).toEqual([...Array.from({ length: FULL_PAGES }, () => 'local'), 'local closed']);
});

it('opens threads once, works on while they start, and then gives each page to the one with least to do', async () => {
  const { log, state, mappers } = setUp();
  const map = () => mappers.map(RANGE);
  for (let n = 1; n < FULL_PAGES; n += 1) mappers.expectMore();
  map();
  mappers.expectMore();
  mappers.expectMore();
  map();
  expect([log.splice(0), mappers.width()]).toEqual([['local', 'open', 'local'], 1]);
  Object.assign(state[1] ?? {}, { isReady: true, openTasks: 3 });
  map();
  expect([log.splice(0), mappers.width()]).toEqual([['thread 1'], 2]);
  Object.assign(state[0] ?? {}, { isReady: true, openTasks: 2 });
  map();
  expect([log.splice(0), mappers.width()]).toEqual([['thread 0'], 3]);
  await mappers.close();
  expect(log).toEqual(['local closed', 'thread 0 closed', 'thread 1 closed']);
});

it('does everything itself where there are no threads', () => {
  const { log, mappers } = setUp(0);
  for (let n = 0; n <= FULL_PAGES; n += 1) {
    mappers.map(RANGE);
    mappers.expectMore();
  }
  expect(log.filter((each) => each !== 'local')).toEqual(['open']);
  expect(log.at(-1)).toBe('local');
});
