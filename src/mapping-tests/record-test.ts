/** A row of the source becomes a test: with invented people, and with what the mapping makes of it as the expected event. */
import type { Column, Row } from '../../connectors/connector.ts';
import type { MappingTest } from '../config/mapping-schema.ts';
import type { Random } from '../demo/random.ts';
import { EXIT, FatalError } from '../errors.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { USER_DATA, type UserDataKey } from '../meta/parameters.ts';
import { inventRow } from './invent-row.ts';
import { originsOf } from './normal-forms.ts';
import { mapTestRow, runTests } from './run-tests.ts';
import type { GivenRow } from './test-columns.ts';

/** A short or common text of the real row may turn up by chance: then other people are invented. */
const TRIES = 20;
const SHORTEST_SECRET = 4;

/**
 * @param now Unix seconds
 * @throws FatalError `test-not-recorded`: what was made would still hold a text of the real row, or would not pass
 */
export const recordTest = (
  mapping: ParsedMapping,
  {
    columns,
    row,
    name,
    random,
    now,
  }: { columns: readonly Column[]; row: Row; name: string; random: Random; now: number },
): MappingTest => {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const invented = inventRow(mapping, columns, row, random);
    const test = { name, row: invented.row, ...expectationOf(mapping, invented.row, now) } as MappingTest;
    if (leaks(test, invented.secrets)) continue;
    const [result] = runTests({ ...mapping, file: { ...mapping.file, tests: [test] } }, now);
    if (result?.passed) return test;
    const [difference] = result?.differences ?? [];
    throw notRecorded(
      `the mapping does not do the same with a row of a test: ${difference?.path ?? ''} ${difference?.actual ?? ''}`,
    );
  }
  throw notRecorded('a text of the real row is also in what the mapping keeps: an amount, a time or a word');
};

const notRecorded = (message: string): FatalError =>
  new FatalError('test-not-recorded', message, {
    hint: 'take another row, or write this test by hand',
    exitCode: EXIT.incomplete,
  });

const leaks = (test: MappingTest, secrets: readonly string[]): boolean => {
  const text = JSON.stringify(test).toLowerCase();
  return secrets.some(
    (secret) => secret.length >= SHORTEST_SECRET && text.includes(JSON.stringify(secret.toLowerCase()).slice(1, -1)),
  );
};

const expectationOf = (mapping: ParsedMapping, row: GivenRow, now: number): Partial<MappingTest> => {
  const mapped = mapTestRow(mapping, row, now);
  if (mapped.kind === 'filtered') return { skipped: mapped.reason };
  if (mapped.kind === 'rejected') return { rejected: mapped.code };
  if (mapped.kind === 'expired') throw notRecorded('the row is older than Meta accepts, and would not be sent');
  const event = JSON.parse(mapped.json) as Record<string, unknown>;
  const { user_data: userData, event_id: id, event_time: time, ...rest } = event;
  return {
    event: {
      event_name: rest.event_name,
      event_time: new Date(Number(time) * 1000).toISOString().replace('.000Z', 'Z'),
      // The default id follows from the key and says nothing that a reader could check.
      ...(mapping.eventId && { event_id: id }),
      ...rest,
      user_data: readable(mapping, row, userData as Record<string, unknown>),
    },
  };
};

/** Normal forms instead of hashes, where they are known. */
const readable = (
  mapping: ParsedMapping,
  row: GivenRow,
  userData: Record<string, unknown>,
): Record<string, unknown> => {
  const origin = originsOf(mapping, row);
  const one = (key: UserDataKey, value: unknown): unknown =>
    USER_DATA[key].hashed ? (origin(key, String(value))?.normal ?? value) : value;
  return Object.fromEntries(
    Object.entries(userData).map(([name, value]) => {
      const key = name as UserDataKey;
      return [name, Array.isArray(value) ? value.map((each) => one(key, each)) : one(key, value)];
    }),
  );
};
