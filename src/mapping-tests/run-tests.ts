/** The `tests:` of a mapping, by the very functions of a run, without source or destination. */
import type { Column } from '../../connectors/connector.ts';
import type { MappingTest } from '../config/mapping-schema.ts';
import { bindMapping } from '../mapping/bind-mapping.ts';
import { checkMapping, mappingColumns, type ParsedMapping } from '../mapping/compile-mapping.ts';
import type { MappedRow } from '../mapping/mapped-row.ts';
import { bindEpochMs } from '../mapping/user-data-fields.ts';
import { compareEvent, type Difference } from './compare-event.ts';
import { originsOf } from './normal-forms.ts';
import { type GivenRow, testCells, testColumns } from './test-columns.ts';

export type TestResult = {
  readonly mapping: string;
  readonly name: string;
  readonly passed: boolean;
  readonly differences: readonly Difference[];
  /** Columns of the test's row that the mapping never reads: perhaps misspelt. */
  readonly unread: readonly string[];
};

/** @param now Unix seconds, for rows without an event time. A test's clock stands at the time of its event, so that no test grows old. */
export const runTests = (mapping: ParsedMapping, now: number): TestResult[] => {
  const { tests = [] } = mapping.file;
  const rows = tests.map(({ row }) => row as GivenRow);
  const columns = testColumns(mappingColumns(mapping), rows);
  const known = new Set([...columns.map(({ name }) => name), mapping.file.source.cursor?.column]);
  const mismatches = checkMapping(mapping, columns).map(
    ({ path, message }): Difference => ({
      path: path.join('.'),
      expected: 'an expression that fits the rows of the tests',
      actual: message,
      hint: 'kinds are those of the values: 19.9 is a number, "19.90" a text',
    }),
  );
  const mapRow = mismatches.length === 0 ? mapperOf(mapping, columns, now) : undefined;
  return tests.map((test) => {
    const row = test.row as GivenRow;
    const differences = mapRow ? judge(test, mapRow(row), originsOf(mapping, row)) : mismatches;
    const unread = Object.keys(row).filter((name) => !known.has(name));
    return { mapping: mapping.name, name: test.name, passed: differences.length === 0, differences, unread };
  });
};

/** What becomes of one row of a test. The kinds of its columns are those of its own values. @throws TypeError where they do not fit the mapping */
export const mapTestRow = (mapping: ParsedMapping, row: GivenRow, now: number): MappedRow => {
  const columns = testColumns(mappingColumns(mapping), [row]);
  const [problem] = checkMapping(mapping, columns);
  if (problem) throw new TypeError(problem.message);
  return mapperOf(mapping, columns, now)(row);
};

const mapperOf = (mapping: ParsedMapping, columns: readonly Column[], now: number): ((row: GivenRow) => MappedRow) => {
  const time = bindEpochMs(mapping.eventTime, { columns, timezone: mapping.file.source.timezone });
  let clock = now;
  const map = bindMapping(mapping, { columns, datasetId: '0', now: () => clock, counts: { present: {}, dropped: {} } });
  return (row) => {
    const cells = testCells(columns, row);
    const at = time(cells);
    clock = at === undefined ? now : Math.floor(at / 1000);
    return map(cells);
  };
};

const judge = (test: MappingTest, mapped: MappedRow, origin: ReturnType<typeof originsOf>): Difference[] => {
  if (test.event !== undefined) {
    if (mapped.kind === 'event')
      return compareEvent(test.event as Record<string, unknown>, JSON.parse(mapped.json), origin);
    return [outcome('an event', mapped)];
  }
  if (test.skipped !== undefined) {
    const isSo = mapped.kind === 'filtered' && mapped.reason === test.skipped;
    return isSo ? [] : [outcome(`skipped: ${test.skipped}`, mapped)];
  }
  const isSo = mapped.kind === 'rejected' && mapped.code === test.rejected;
  return isSo ? [] : [outcome(`rejected: ${test.rejected ?? ''}`, mapped)];
};

const outcome = (expected: string, mapped: MappedRow): Difference => ({
  path: 'outcome',
  expected,
  actual: OUTCOME[mapped.kind](mapped as never),
});

const OUTCOME: { readonly [Kind in MappedRow['kind']]: (mapped: Extract<MappedRow, { kind: Kind }>) => string } = {
  event: () => 'an event',
  filtered: ({ reason }) => `skipped: ${reason}`,
  rejected: ({ code, field }) => `rejected: ${code}${field === undefined ? '' : ` (${field})`}`,
  expired: () => 'expired: older than Meta accepts',
};
