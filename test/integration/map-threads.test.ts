/** The threads that read and map pages: what they give is what the sync itself would give, and what goes wrong in them is told as it is. */
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ReadRange } from '../../connectors/connector.ts';
import { sqlite } from '../../connectors/sqlite/index.ts';
import { bindMapping } from '../../src/mapping/bind-mapping.ts';
import { parseMapping } from '../../src/mapping/compile-mapping.ts';
import { openMapThread } from '../../src/sync/open-map-threads.ts';
import { localMapper, type PageMapper } from '../../src/sync/page-mapper.ts';
import { planStream } from '../../src/sync/plan-stream.ts';
import { unpackPage } from '../../src/sync/transform-page.ts';
import { mappingFile } from '../support/bind-for-test.ts';
import { ensureBuilt } from '../support/built-cli.ts';
import { openFarSide } from '../support/far-side.ts';
import { foretell } from '../support/oracle.ts';
import { goodOrders, makeProject, type SyncProject } from '../support/sync-project.ts';

beforeAll(ensureBuilt, 180_000);

const DATASET = '123';
const fileOf = (table = 'orders', filter?: string) =>
  mappingFile(
    {
      name: 'orders',
      source: {
        connection: 'shop',
        table,
        primary_key: 'id',
        timezone: 'UTC',
        cursor: {
          column: 'updated_at',
          start: 'beginning',
          lag: '0s',
          lookback: '0s',
          on_null: 'error',
          max_stall: '15m',
        },
      },
      consent: { require: '=consent == "granted"' },
      ...(filter === undefined ? {} : { filter }),
    },
    { event_time: '=paid_at', user_data: { em: '=email' }, custom_data: { value: '=total', currency: '=currency' } },
  );
const FILE = fileOf();

const setUp = async (rows: number, file = FILE, prepare = (_: SyncProject): void => undefined) => {
  const project = makeProject({ baseUrl: 'http://127.0.0.1:9' });
  onTestFinished(project.remove);
  project.insert(goodOrders(rows).map((row) => (row.id % 10 === 3 ? { ...row, consent: 'denied' } : row)));
  project.sql("UPDATE orders SET email = 'nobody' WHERE id % 10 = 4");
  prepare(project);
  const options = { filename: 'shop.db' };
  const source = await sqlite.open(options, { baseDir: project.dir });
  onTestFinished(source.close);
  const { mapping } = parseMapping(file);
  const { read, columns } = await planStream(mapping, source, undefined, {});
  const counts = { present: {}, dropped: {}, together: [] };
  const now = (): number => Math.floor(Date.now() / 1000);
  const local = localMapper({
    source,
    stream: read.stream,
    mapRow: bindMapping(mapping, { columns, datasetId: DATASET, now, counts }) as never,
    counts,
  });
  const thread = openMapThread({
    ...{ connector: 'sqlite', options, baseDir: project.dir, mapping: file, stream: read.stream },
    ...{ columns, datasetId: DATASET },
  });
  onTestFinished(thread.close);
  const range: ReadRange = { columns: read.columns, before: read.before as string, pageSize: 500 };
  return { project, local, thread, range };
};

/** All pages of a range, with their events as text. */
const pagesOf = async (mapper: PageMapper, range: ReadRange) => {
  const pages: unknown[] = [];
  for (let rest = range; ; ) {
    const task = mapper.map(rest);
    const [read, mapped] = [await task.read, await task.mapped];
    if (!read || !mapped) return pages;
    const { events, rejected, filtered, expired, rowKeys } = unpackPage(mapped.page);
    const texts = events.map((event) => `${event.dedupKey} ${event.rowKey} ${Buffer.from(event.bytes)}`);
    pages.push({ read, texts, rejected, filtered, expired, rowKeys: rowKeys(), counts: mapped.counts });
    task.giveBack(mapped.page.texts.blocks);
    rest = { ...range, after: read.end };
  }
};

describe('a mapping thread', () => {
  it('gives the pages that the sync itself would give, to the byte, also when blocks are filled again', async () => {
    const { local, thread, range } = await setUp(2200);
    const expected = await pagesOf(local, range);
    expect(expected.length).toBe(5);
    expect(await pagesOf(thread, range)).toEqual(expected);
    expect(expected[0]).toMatchObject({ filtered: 50, read: { rows: 500 }, counts: { present: { em: 400 } } });
  });

  it("hands on a source's error with its code and words, and works on", async () => {
    const { project, thread, range } = await setUp(100);
    project.sql('ALTER TABLE orders RENAME TO gone');
    const failed = thread.map(range);
    await expect(failed.read).rejects.toMatchObject({ name: 'SourceError', code: 'unknown-table' });
    await expect(failed.mapped).rejects.toThrow();
    project.sql('ALTER TABLE gone RENAME TO orders');
    expect((await thread.map(range).mapped)?.rows).toBe(100);
  });

  it('has the memory that a page of wide rows takes', async () => {
    const { local, thread, range } = await setUp(1000, fileOf('wide_orders', '=size(notes) > 0'), ({ sql }) =>
      sql('CREATE VIEW wide_orders AS SELECT *, hex(zeroblob(150000)) AS notes FROM orders'),
    );
    const page = { ...range, pageSize: 1000 };
    expect(await pagesOf(thread, page)).toEqual(await pagesOf(local, page));
  });

  it('that ends fails what it had to do, and what it is asked afterwards', async () => {
    const { thread, range } = await setUp(100);
    await thread.close();
    await expect(thread.map(range).mapped).rejects.toThrow('a mapping thread failed (ended)');
    expect(thread.isReady()).toBe(false);
  });

  it('is told what it cannot open', async () => {
    const { range } = await setUp(1);
    const thread = openMapThread({
      ...{ connector: 'none', options: {}, baseDir: '/', mapping: FILE, stream: {} as never },
      ...{ columns: [], datasetId: DATASET },
    });
    await expect(thread.map(range).mapped).rejects.toThrow('a mapping thread failed (TypeError)');
    await thread.close();
  });
});

describe('a run of many pages', () => {
  it('delivers by threads what the oracle foretells, each once and in few requests', async () => {
    const farSide = await openFarSide();
    onTestFinished(farSide.close);
    const project = makeProject({ baseUrl: farSide.url });
    onTestFinished(project.remove);
    project.insert(goodOrders(20_000));
    const { run } = await project.run();
    expect(run).toMatchObject({ status: 'succeeded', read: 20_000, sent: 20_000, requests: 20 });
    expect([...farSide.arrivals().keys()].sort()).toEqual([...foretell(project.rows()).mustArrive].sort());
    expect(farSide.repeats()).toBe(0);
    expect((await project.run()).run).toMatchObject({ sent: 0, requests: 0 });
  });

  it('that loses its table half-way fails with the reason, and the next run completes', async () => {
    const farSide = await openFarSide();
    onTestFinished(farSide.close);
    const project = makeProject({ baseUrl: farSide.url });
    onTestFinished(project.remove);
    project.insert(goodOrders(30_000));
    const running = project.startCli(['run', '--json']);
    while (farSide.stats().requests < 3) await new Promise((resolve) => setTimeout(resolve, 2));
    project.sql('ALTER TABLE orders RENAME TO gone');
    const { code, stdout } = await running.ended;
    const [failed] = JSON.parse(stdout).runs;
    // It may have read all pages by then; if not, it says what is missing and has lost nothing.
    if (failed.status === 'failed') expect([code, failed.error.code]).toEqual([3, 'unknown-table']);
    project.sql('ALTER TABLE gone RENAME TO orders');
    expect((await project.run()).run.status).toBe('succeeded');
    expect(farSide.arrivals().size).toBe(30_000);
  });
});
