/** What of the ClickHouse connector needs no server: addresses, types, and results that break off in forms that only older servers write. */
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { clickhouseAddress } from '../../../connectors/clickhouse/address.ts';
import { unwrapped } from '../../../connectors/clickhouse/column-types.ts';
import { translateClickhouse } from '../../../connectors/clickhouse/errors.ts';
import { resultRows } from '../../../connectors/clickhouse/result-rows.ts';

describe('an address', () => {
  const of = (options: Record<string, unknown>): unknown[] => {
    const { host, port, tls, database } = clickhouseAddress(options, tmpdir());
    return [host, port, tls !== undefined, database];
  };
  it('is encrypted by its scheme, by default except on loopback, and has the port that goes with it', () => {
    expect(of({ url: 'clickhouse://reader:p%40ss@db.example.com/shop' })).toEqual([
      'db.example.com',
      8443,
      true,
      'shop',
    ]);
    expect(of({ url: 'https://db.example.com:443' })).toEqual(['db.example.com', 443, true, undefined]);
    expect(of({ url: 'https://db.example.com:9440/shop' })).toEqual(['db.example.com', 9440, true, 'shop']);
    expect(of({ url: 'http://db.example.com/shop' })).toEqual(['db.example.com', 8123, false, 'shop']);
    expect(of({ url: 'clickhouse+http://db.example.com:80/shop' })).toEqual(['db.example.com', 80, false, 'shop']);
    expect(of({ url: 'clickhouse+https://127.0.0.1' })).toEqual(['127.0.0.1', 8443, true, undefined]);
    expect(of({ url: 'http://db.example.com', tls: 'verify' })).toEqual(['db.example.com', 8443, true, undefined]);
    expect(of({})).toEqual(['localhost', 8123, false, undefined]);
    expect(of({ host: 'db.example.com', tls: 'off', port: 9000 })).toEqual(['db.example.com', 9000, false, undefined]);
  });
});

it('takes a type out of what is wrapped around it', () => {
  expect(unwrapped('LowCardinality(Nullable(String))')).toEqual({ bare: 'String', nullable: true });
  expect(unwrapped('SimpleAggregateFunction(max, Nullable(Decimal(9, 2)))')).toEqual({
    bare: 'Decimal(9, 2)',
    nullable: true,
  });
  expect(unwrapped("Enum8('Nullable(a)' = 1)")).toEqual({ bare: "Enum8('Nullable(a)' = 1)", nullable: false });
});

describe('a result', () => {
  async function read(...pieces: string[]): Promise<{ rows: unknown[]; error: unknown }> {
    const rows: unknown[] = [];
    async function* body(): AsyncGenerator<Buffer> {
      for (const piece of pieces) yield Buffer.from(piece);
    }
    try {
      for await (const part of resultRows(body())) rows.push(...part);
      return { rows, error: undefined };
    } catch (error) {
      return { rows, error };
    }
  }

  it('comes whole wherever its pieces are cut, within a letter too', async () => {
    const text = '["1", "Zoë\\n☃"]\n["2", null]\n["3", ""]\n';
    const whole = Buffer.from(text);
    for (let at = 1; at < whole.length; at += 1) {
      const rows: unknown[] = [];
      async function* body(): AsyncGenerator<Buffer> {
        yield whole.subarray(0, at);
        yield whole.subarray(at);
      }
      for await (const part of resultRows(body())) rows.push(...part);
      expect(rows).toEqual([
        ['1', 'Zoë\n☃'],
        ['2', null],
        ['3', ''],
      ]);
    }
  });

  it('that ends within a row is interrupted, not shorter', async () => {
    const { rows, error } = await read('["1"]\n["2"]\n["3');
    expect(rows).toEqual([['1'], ['2']]);
    expect(translateClickhouse(error, 'read orders', 'ClickHouse at db:8443')).toMatchObject({
      code: 'source-interrupted',
    });
  });

  it.each([
    [
      'of a server before 25.11',
      'Code: 159. DB::Exception: Timeout exceeded: elapsed 5.1 seconds. (TIMEOUT_EXCEEDED) (version 24.3.1.1)\n',
    ],
    ['within a row', '["3", "xCode: 159. DB::Exception: Timeout exceeded. (TIMEOUT_EXCEEDED)'],
    [
      'of a newer one',
      '\r\n__exception__\r\nabcdefghijklmnop\r\nCode: 159. DB::Exception: Timeout exceeded. (TIMEOUT_EXCEEDED)\n66 abcdefghijklmnop\r\n__exception__\r\n',
    ],
  ])('with an error behind rows, %s, is that error, in one piece or in many', async (_, text) => {
    for (const size of [1000, 7]) {
      const all = `["1", "a"]\n["2", "b"]\n${text}`;
      const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_piece, n) =>
        all.slice(n * size, (n + 1) * size),
      );
      const { error } = await read(...pieces);
      expect(error).toMatchObject({ name: 'BrokenResult', code: '159' });
    }
  });
});
