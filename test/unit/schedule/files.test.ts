import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FilesWatch, watchFiles } from '../../../src/schedule/files.ts';
import { type FakeClock, fakeClock, settle } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/temporary-state.ts';

vi.setConfig({ testTimeout: 60_000 });

let place: ReturnType<typeof temporaryFolder>;
let clock: FakeClock;
let files: FilesWatch;
let reads: number;
let list: () => string[];
let during: () => void;

const path = (name: string): string => join(place.folder, name);
/** Looks at files take real time. */
const pass = async (seconds: number): Promise<void> => {
  for (let n = 0; n < seconds; n += 1) {
    await clock.pass(1_000);
    await new Promise((done) => setTimeout(done, 8));
    await settle();
  }
};
const read = async (): Promise<readonly string[]> => {
  reads += 1;
  during();
  return list();
};

beforeEach(async () => {
  place = temporaryFolder();
  clock = fakeClock();
  reads = 0;
  during = () => undefined;
  mkdirSync(path('mappings'));
  writeFileSync(path('config.yaml'), 'a');
  writeFileSync(path('mappings/a.yaml'), 'a');
  list = () => [path('config.yaml'), path('.env'), path('mappings/a.yaml')];
  files = watchFiles(clock, () => files.reading(read));
  await files.reading(read);
  reads = 0;
});
afterEach(() => {
  files.stop();
  place.remove();
});

describe('a watch over files', () => {
  it('reads nothing while nothing changes', async () => {
    await pass(20);
    expect(reads).toBe(0);
  });
  it.each([
    ['is written', () => writeFileSync(path('config.yaml'), 'bb')],
    ['comes', () => writeFileSync(path('.env'), 'A=1')],
    ['goes', () => rmSync(path('mappings/a.yaml'))],
    ['comes beside the others', () => writeFileSync(path('mappings/b.yaml'), 'b')],
    [
      'is replaced by a link, as Kubernetes does it',
      () => {
        writeFileSync(path('other'), 'c');
        symlinkSync(path('other'), path('link'));
        renameSync(path('link'), path('config.yaml'));
      },
    ],
  ])('reads once when a file %s', async (_, change) => {
    change();
    await pass(20);
    expect(reads).toBe(1);
  });
  it('waits until a file stands still', async () => {
    for (let n = 0; n < 5; n += 1) {
      writeFileSync(path('config.yaml'), 'x'.repeat(n + 2));
      await pass(2);
    }
    expect(reads).toBe(0);
    await pass(6);
    expect(reads).toBe(1);
  });
  it('reads again what changed while it was read', async () => {
    during = () => {
      if (reads === 1) writeFileSync(path('config.yaml'), 'changed meanwhile');
    };
    writeFileSync(path('config.yaml'), 'bb');
    await pass(20);
    expect(reads).toBe(2);
  });
  it('goes on after a reading that failed', async () => {
    await files.reading(() => Promise.reject(new Error('broken')));
    writeFileSync(path('config.yaml'), 'bb');
    await pass(20);
    expect(reads).toBe(1);
  });
});
