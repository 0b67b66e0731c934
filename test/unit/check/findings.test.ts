import { describe, expect, it } from 'vitest';
import type { RelationFacts, ServerFacts } from '../../../connectors/connector.ts';
import { guardsKey, servesCursor } from '../../../connectors/sql/inspect.ts';
import { CHECK_CODES } from '../../../src/check/check-codes.ts';
import { destinationFindings } from '../../../src/check/check-destination.ts';
import { relationFindings } from '../../../src/check/check-relation.ts';
import { serverFindings } from '../../../src/check/check-server.ts';
import type { Destination } from '../../../src/config/config-schema.ts';
import { readReply } from '../../../src/load/post-events.ts';

const AT = Date.UTC(2026, 10, 24);
const SERVER: ServerFacts = {
  version: 'PostgreSQL 17.2',
  user: 'reader',
  transport: 'tls',
  now: new Date(AT).toISOString(),
  isReadOnly: false,
  transactions: { oldestSeconds: undefined },
};
const server = (changes: Partial<ServerFacts>) =>
  serverFindings(
    { ...SERVER, ...changes },
    { connection: 'shop', askedAt: AT - 10, answeredAt: AT + 10, patienceSeconds: 660 },
  ).filter(({ level }) => level !== 'ok');

describe('what is found of a server', () => {
  it('is nothing where all is well', () => expect(server({})).toEqual([]));

  it('warns of a way in clear, with the line for config.yaml', () => {
    expect(server({ transport: 'plain' })).toMatchObject([
      { code: 'tls', paste: expect.stringContaining('shop: { tls: verify }') },
    ]);
    expect(server({ transport: 'local' })).toEqual([]);
  });

  it('warns of clocks that differ by more than the way there may take', () => {
    expect(server({ now: new Date(AT + 1_500).toISOString() })).toEqual([]);
    expect(server({ now: new Date(AT - 600_000).toISOString() })).toMatchObject([
      { code: 'clock', text: "the source's clock is 10m behind this machine's" },
    ]);
  });

  it('warns of a transaction that outlasts lag and lookback, and of a right that is missing', () => {
    expect(server({ transactions: { oldestSeconds: 600 } })).toEqual([]);
    expect(server({ transactions: { oldestSeconds: 7_300 } })).toMatchObject([{ code: 'open-transactions' }]);
    expect(server({ transactions: { missing: 'PROCESS', grant: 'GRANT PROCESS' } })).toMatchObject([
      { paste: 'GRANT PROCESS' },
    ]);
  });

  it('says what reading costs in the words of the connector', () => {
    const costs = [{ isGood: false, text: 'the warehouse stays awake', paste: 'ALTER WAREHOUSE' }];
    expect(server({ costs })).toEqual([
      expect.objectContaining({ code: 'costs', level: 'warning', paste: 'ALTER WAREHOUSE' }),
    ]);
    expect(server({ costs: [{ isGood: true, text: 'it sleeps' }] })).toEqual([]);
  });
});

const TABLE: RelationFacts = {
  isTable: true,
  hasUniqueKey: true,
  hasCursorIndex: true,
  writes: [],
  nullCursors: 0,
  repeatedKeys: 0,
  sampled: 0,
  cures: { cursorIndex: 'INDEX', uniqueIndex: 'UNIQUE', privileges: 'REVOKE' },
};
const relation = (changes: Partial<RelationFacts>, subject = {}) =>
  relationFindings(
    { ...TABLE, ...changes },
    { cursor: 'updated_at', primaryKey: ['id'], skipsNulls: true, hasFuture: false, ...subject },
  )
    .filter(({ level }) => level !== 'ok')
    .map(({ code, level, paste }) => [code, level, paste]);

describe('what is found of a table', () => {
  it('has the line to paste with each warning, and calls a repeated key a problem', () => {
    expect(relation({})).toEqual([]);
    expect(relation({ writes: ['INSERT', 'UPDATE'] })).toEqual([['privileges', 'warning', 'REVOKE']]);
    expect(relation({ hasCursorIndex: false })).toEqual([['cursor-index', 'warning', 'INDEX']]);
    expect(relation({ hasUniqueKey: false, sampled: 10 })).toEqual([['primary-key', 'warning', 'UNIQUE']]);
    expect(relation({ hasUniqueKey: false, sampled: 10, repeatedKeys: 2 })).toEqual([
      ['primary-key', 'problem', undefined],
    ]);
    expect(relation({ nullCursors: 3 })).toEqual([['cursor-nulls', 'warning', undefined]]);
    expect(relation({}, { hasFuture: true })).toEqual([['cursor-future', 'warning', undefined]]);
  });

  it('asks no index of a view or a query', () => {
    expect(
      relation({ isTable: false, hasCursorIndex: false, hasUniqueKey: false, sampled: 5, writes: undefined }),
    ).toEqual([]);
  });
});

describe('what is found of a table without indexes', () => {
  const layout = { isGood: false, text: 'rows lie in no order', paste: 'CLUSTER BY' };
  const bare = { hasUniqueKey: false, hasCursorIndex: false, sampled: 10 };

  it('asks for no index, says how the rows lie, and still calls a repeated key a problem', () => {
    expect(relation({ ...bare, layout })).toEqual([['cursor-layout', 'warning', 'CLUSTER BY']]);
    expect(relation({ ...bare, layout: { isGood: true, text: 'in order' } })).toEqual([]);
    expect(relation({ ...bare, layout, repeatedKeys: 2 })[0]).toEqual(['primary-key', 'problem', undefined]);
    expect(relation({ costs: [{ isGood: false, text: 'a scan of 3 TB', cure: 'narrow it' }] })).toEqual([
      ['costs', 'warning', undefined],
    ]);
  });
});

describe('an index', () => {
  const index = (columns: (string | undefined)[], isUnique = false, isWhole = true) => [{ columns, isUnique, isWhole }];
  it('guards a key when it is unique, whole, and of columns of the key', () => {
    expect(guardsKey(index(['id'], true), ['shop', 'id'])).toBe(true);
    expect(guardsKey(index(['id', 'line'], true), ['id'])).toBe(false);
    expect(guardsKey(index(['id'], true, false), ['id'])).toBe(false);
    expect(guardsKey(index([undefined], true), ['id'])).toBe(false);
    expect(guardsKey(index(['id']), ['id'])).toBe(false);
  });

  it('serves the cursor when it begins with cursor and key, said or unsaid', () => {
    expect(servesCursor(index(['updated_at', 'id', 'x']), ['updated_at', 'id'])).toBe(true);
    expect(servesCursor(index(['updated_at']), ['updated_at', 'id'])).toBe(false);
    expect(servesCursor(index(['updated_at']), ['updated_at', 'id'], ['id'])).toBe(true);
    expect(servesCursor(index(['id', 'updated_at']), ['updated_at', 'id'])).toBe(false);
    expect(servesCursor(index(['id']), ['id', 'id'])).toBe(true);
    expect(servesCursor(index(['updated_at', 'id'], false, false), ['updated_at', 'id'])).toBe(false);
  });
});

describe('what is found of a dataset', () => {
  const destination = { dataset_id: '123456', api_version: 'v26.0' } as Destination;
  const answered = (status: number, error: object) => {
    const reply = readReply(status, JSON.stringify({ error }), undefined, Number.NaN);
    if (reply.kind !== 'error') throw new Error('an error was expected');
    const [found] = destinationFindings(destination, reply, new Date(AT));
    return [found?.level, found?.exitCode];
  };
  it('tells a bad token from one that may not read, and both from a dataset that is not there', () => {
    expect(destinationFindings(destination, { kind: 'seen' }, new Date(AT)).map(({ level }) => level)).toEqual([
      'ok',
      'ok',
    ]);
    expect(answered(401, { code: 190 })).toEqual(['problem', 5]);
    expect(answered(403, { code: 10 })).toEqual(['warning', undefined]);
    expect(answered(400, { code: 100, error_subcode: 33 })).toEqual(['problem', 3]);
    expect(answered(503, { code: 2 })).toEqual(['problem', undefined]);
  });

  it('warns of a version of the API near its end', () => {
    const [, version] = destinationFindings({ ...destination, api_version: 'v21.0' }, { kind: 'seen' }, new Date(AT));
    expect(version).toMatchObject({ code: 'api-version', level: 'warning' });
  });
});

it('every code of a finding stands in the table', () => {
  const all = [
    ...server({ transport: 'plain' }),
    ...relationFindings(TABLE, { cursor: 'a', primaryKey: ['b'], skipsNulls: true, hasFuture: true }),
  ];
  for (const { code } of all) expect(Object.keys(CHECK_CODES)).toContain(code);
});
