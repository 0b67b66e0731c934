/**
 * Generated programs: writers insert, update, delete, commit late and roll back, while runs page through the table, are cut by limits and
 * die. In the end every row that is there has arrived in its last version, and nothing was sent again that had been acknowledged.
 * The same programs find the rows that the usual mistakes lose. TORTURE=long: ten thousand of them.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindForTest, mappingFile } from '../support/bind-for-test.ts';
import { MODES, type Mode, modelDatabase, type Op } from './reading-database.ts';
import { keyOf, modelSource, type Reading } from './reading-source.ts';
import { identityOf, type Kept, runOnce } from './reading-sync.ts';

const PROGRAMS = process.env.TORTURE === 'long' ? 10_000 : 1_000;
/** So many are enough for a mistake to be found. */
const FINDING = 500;

const op: fc.Arbitrary<Op> = fc.record({
  do: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom<Op['do']>('tick', 'insert', 'insert') },
    { weight: 4, arbitrary: fc.constantFrom<Op['do']>('begin', 'commit', 'update', 'tick') },
    { weight: 1, arbitrary: fc.constantFrom<Op['do']>('delete', 'rollback') },
  ),
  n: fc.nat(60),
});

const run = fc.record({
  before: fc.array(op, { maxLength: 25, size: 'max' }),
  /** What is written before each page of the run. */
  between: fc.array(fc.array(op, { maxLength: 4, size: 'max' }), { maxLength: 8, size: 'max' }),
  pageSize: fc.integer({ min: 1, max: 5 }),
  batchSize: fc.integer({ min: 1, max: 4 }),
  limit: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined, freq: 5 }),
  crash: fc.option(fc.record({ at: fc.integer({ min: 1, max: 20 }), kept: fc.boolean() }), { nil: undefined, freq: 3 }),
  order: fc.array(fc.nat(7), { maxLength: 5 }),
  width: fc.integer({ min: 1, max: 2 }),
});

const program = fc.record({
  mode: fc.constantFrom(...MODES),
  lag: fc.nat(3),
  lookback: fc.nat(6),
  isComposite: fc.boolean(),
  rowComparison: fc.boolean(),
  runs: fc.array(run, { minLength: 1, maxLength: 6, size: 'max' }),
});
type Program = typeof program extends fc.Arbitrary<infer P> ? P : never;

/** What the documentation asks for: on SQLite, and for numbers, a lookback that is not zero. */
const lookbackOf = (mode: Mode, lookback: number): number =>
  mode === 'transactions' || mode === 'lag' ? lookback : Math.max(1, lookback);

type Mistake = { readonly reading?: Reading; readonly isHasty?: boolean; readonly lookback?: number };

const seen = { complete: 0, cut: 0, died: 0, late: 0, repeats: 0, rows: 0, pages: 0 };

/** @throws when a row is missing at the end, or something was sent after its acknowledgement */
const perform = async (
  given: Program,
  { reading = 'ours', isHasty = false, lookback }: Mistake = {},
): Promise<void> => {
  const { mode, lag, isComposite, rowComparison, runs } = given;
  const settings = { mode, lag, lookback: lookback ?? lookbackOf(mode, given.lookback) };
  const database = modelDatabase(settings);
  const back = reading === 'no-lookback' ? 0 : settings.lookback;
  const { mapping } = bindForTest(
    mappingFile(
      {
        source: {
          connection: 'crm',
          table: 'rows',
          primary_key: keyOf({ isComposite }),
          timezone: 'UTC',
          mode: 'cursor',
          cursor: {
            column: 'at',
            start: 'beginning',
            lag: `${lag}s`,
            lookback: mode === 'number' ? back : `${back}s`,
            max_stall: '15m',
            on_null: 'error',
          },
        },
      },
      { event_id: '="v" + string(version)', event_time: 1_790_000_000 },
    ),
    { id: 'integer', part: 'integer', version: 'integer' },
  );
  const kept: Kept = { checkpoint: undefined, ledger: new Set(), arrived: new Map() };
  let between: readonly (readonly Op[])[] = [];
  let page = 0;
  const source = modelSource(database, { mode, isComposite, rowComparison, reading }, () => {
    for (const each of between[page] ?? []) database.apply(each);
    page += 1;
  });
  for (const { before, between: ops, ...each } of runs) {
    for (const one of before) database.apply(one);
    [between, page] = [ops, 0];
    const { end } = await runOnce(mapping, source, kept, { ...each, isHasty });
    seen[end] += 1;
    seen.pages += page;
  }
  between = [];
  database.settle();
  const last = { pageSize: 3, batchSize: 3, limit: undefined, width: 1, crash: undefined, order: [], isHasty };
  const { end, counts } = await runOnce(mapping, source, kept, last);
  if (end !== 'complete') throw new Error('the last run was cut');
  if (counts.read !== counts.sent + counts.duplicate) throw new Error('a row was read and not counted');

  const rows = database.rows();
  const missing = rows.filter(({ id, version }) => !kept.arrived.has(identityOf(id, version)));
  if (missing.length > 0) throw new Error(`${missing.length} of ${rows.length} rows never arrived`);
  const newest = rows.toSorted((a, b) => a.at - b.at).at(-1);
  if (newest && kept.checkpoint === undefined) throw new Error('there is no checkpoint');
  const quiet = await runOnce(mapping, source, kept, last);
  if (quiet.counts.sent !== 0) throw new Error('a run without changes sent something');

  seen.late += database.lateCommits();
  seen.rows += rows.length;
  seen.repeats += [...kept.arrived.values()].reduce((sum, times) => sum + times - 1, 0);
};

it(`loses no row and sends none after its acknowledgement, in ${PROGRAMS} generated programs`, async () => {
  await fc.assert(
    fc.asyncProperty(program, (given) => perform(given)),
    { numRuns: PROGRAMS },
  );
  // The programs went where rows are lost: late commits, deaths, runs that were cut, batches that arrived twice.
  expect(seen.late).toBeGreaterThan(PROGRAMS / 2);
  expect(seen.died).toBeGreaterThan(PROGRAMS / 2);
  expect(seen.cut).toBeGreaterThan(PROGRAMS / 4);
  expect(seen.repeats).toBeGreaterThan(PROGRAMS / 2);
  expect(seen.rows).toBeGreaterThan(PROGRAMS * 8);
  expect(seen.pages).toBeGreaterThan(PROGRAMS * 5);
  console.log(`${PROGRAMS} programs`, seen);
}, 1_200_000);

describe('the same programs find what is lost by', () => {
  it.each<[string, Mode, Mistake]>([
    ['a plain `>` on the cursor', 'transactions', { reading: 'plain-greater' }],
    ['a reading up to now, past open transactions', 'transactions', { reading: 'no-horizon' }],
    ['a lag that transactions outlast, without a lookback', 'lag', { reading: 'no-lookback' }],
    ['a number cursor without a lookback', 'number', { reading: 'no-lookback' }],
    ['SQLite without lag and lookback, by rows of one millisecond', 'single-writer', { reading: 'no-lookback' }],
    ['a checkpoint that does not wait for what is under way', 'transactions', { isHasty: true }],
  ])('%s', async (_, mode, mistake) => {
    const result = await fc.check(
      fc.asyncProperty(program, (given) =>
        perform({ ...given, mode, lag: mode === 'single-writer' ? 0 : given.lag }, mistake),
      ),
      { numRuns: FINDING, endOnFailure: true },
    );
    expect(result.failed).toBe(true);
    expect(String(result.errorInstance)).toMatch(/rows never arrived/);
  });
});
