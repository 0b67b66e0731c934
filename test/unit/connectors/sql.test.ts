import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { connectorNames, loadConnector } from '../../../connectors/index.ts';
import { loadDriver } from '../../../connectors/load-driver.ts';
import { columnType } from '../../../connectors/mysql/column-types.ts';
import { translateMysql } from '../../../connectors/mysql/errors.ts';
import { translatePostgres } from '../../../connectors/postgres/errors.ts';
import { serverAddress } from '../../../connectors/sql/server-options.ts';
import { asCondition, asRelation, bind, joinStatements, render } from '../../../connectors/sql/statement.ts';
import { didYouMean } from '../../../connectors/sql/suggest.ts';
import { kindOf } from '../../../connectors/sqlite/catalogue.ts';

describe('a statement', () => {
  it('numbers its values and leaves question marks of its text alone', () => {
    const statement = joinStatements(
      [
        ['a = ', bind('x')],
        ["b ~ 'c\\?' AND d = ", bind(2)],
      ],
      ' AND ',
    );
    expect(render(statement, (n) => `$${n}`)).toEqual({ text: "a = $1 AND b ~ 'c\\?' AND d = $2", values: ['x', 2] });
  });

  it('closes a comment and drops one last semicolon of what the author wrote', () => {
    expect(asRelation('SELECT 1 ;\n')).toBe('(\nSELECT 1\n) AS capi_source');
    expect(asCondition('a = 1 -- why')).toBe('(\na = 1 -- why\n)');
    expect(asCondition("a = ';'")).toBe("(\na = ';'\n)");
  });
});

describe('a suggestion', () => {
  it('is the nearest name, or none when nothing is near', () => {
    expect(didYouMean('ordrs', ['customers', 'orders'])).toBe('did you mean "orders"?');
    expect(didYouMean('ORDERS', ['orders', 'orders2'])).toBe('did you mean "orders"?');
    expect(didYouMean('xyz', ['orders'])).toBeUndefined();
    expect(didYouMean('xyz', [])).toBeUndefined();
  });
});

describe('the address of a server', () => {
  const at = (options: Parameters<typeof serverAddress>[0]) => serverAddress(options, 'PostgreSQL', 5432, '/');

  it('comes from the url, and single fields win over it', () => {
    const url = 'postgres://me%40x:p%2Fw@db.example:6000/shop';
    expect(at({ url })).toMatchObject({
      host: 'db.example',
      port: 6000,
      user: 'me@x',
      password: 'p/w',
      database: 'shop',
    });
    expect(at({ url, password: 'other', port: 1 })).toMatchObject({ port: 1, password: 'other', host: 'db.example' });
    expect(at({})).toMatchObject({ host: 'localhost', port: 5432, label: 'PostgreSQL at localhost:5432' });
    expect(at({ url: 'postgres:///shop?host=/run/pg' })).toMatchObject({ socketPath: '/run/pg' });
    expect(at({ url: 'postgres://[::1]:7/x' })).toMatchObject({ host: '::1', tls: undefined });
  });

  it('verifies TLS unless the server is on this machine or it is switched off', () => {
    expect(at({ host: 'db.example' }).tls).toEqual({ rejectUnauthorized: true });
    expect(at({ host: '127.0.0.1' }).tls).toBeUndefined();
    expect(at({ host: '127.0.0.1', tls: 'verify' }).tls).toEqual({ rejectUnauthorized: true });
    expect(at({ host: 'db.example', tls: 'off' }).tls).toBeUndefined();
    expect(at({ url: 'postgres://db.example/x?sslmode=require' }).tls).toEqual({ rejectUnauthorized: true });
    expect(() => at({ host: 'db.example', tls: { ca: 'no/such.pem' } })).toThrow(
      expect.objectContaining({ code: 'source-tls' }),
    );
  });

  it('does not repeat a url that cannot be read', () => {
    const thrown = ((): unknown => {
      try {
        return at({ url: 'postgres//me:hunter2@db' });
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toMatchObject({ name: 'SourceError' });
    expect(inspect(thrown)).not.toContain('hunter2');
  });
});

describe('driver errors', () => {
  const values = 'duplicate key value violates unique constraint DETAIL: (email)=(ada@example.com)';

  it('become codes, without a value of a row', () => {
    const postgres = (code: string, message = values, phase: 'connect' | 'query' = 'query') =>
      translatePostgres(
        Object.assign(new Error(message), { code, detail: values }),
        phase,
        'read',
        'PostgreSQL at db:5432',
      );
    expect(postgres('ECONNREFUSED', '', 'connect').code).toBe('source-unreachable');
    expect(postgres('ECONNRESET').code).toBe('source-interrupted');
    expect(postgres('57P01').code).toBe('source-interrupted');
    expect(postgres('28P01', '', 'connect').code).toBe('source-login-failed');
    expect(postgres('42501', 'permission denied for table orders')).toMatchObject({
      code: 'source-permission',
      message: expect.stringContaining('orders'),
    });
    expect(postgres('SELF_SIGNED_CERT_IN_CHAIN', '', 'connect').code).toBe('source-tls');
    expect(postgres('22P02')).toMatchObject({
      code: 'source-query-failed',
      message: expect.not.stringContaining('ada'),
    });
    expect(postgres('42601', 'syntax error at or near "\'ada@example.com\'"').message).not.toContain('ada');
    const mysql = (errno: number, message = values) =>
      translateMysql(Object.assign(new Error(message), { errno, code: 'ER_X' }), 'query', 'read', 'MySQL at db:3306');
    expect(mysql(1045).code).toBe('source-login-failed');
    expect(mysql(1142).code).toBe('source-permission');
    expect(mysql(1064, "syntax near 'ada@example.com' at line 3")).toMatchObject({
      code: 'source-query-failed',
      message: expect.stringContaining('line 3'),
    });
    expect(mysql(1064, "syntax near 'ada@example.com' at line 3").message).not.toContain('ada');
    expect(mysql(9999).message).not.toContain('ada');
  });

  it('say which package to install when a driver is missing', async () => {
    const missing = loadDriver('pg', { load: () => Promise.reject(new Error('Cannot find package')) });
    await expect(missing).rejects.toMatchObject({ code: 'source-driver-missing', hint: 'npm i pg' });
  });
});

describe('declared types', () => {
  it('of SQLite give the kind of a column', () => {
    const kinds = [
      'INTEGER',
      'BOOLEAN',
      'DATETIME',
      'TIMESTAMP',
      'DATE',
      'DECIMAL(10,2)',
      'NUMERIC',
      'DOUBLE',
      'JSON',
      'BLOB',
      'NVARCHAR(9)',
      '',
      'uuid',
    ];
    expect(kinds.map(kindOf)).toEqual([
      'integer',
      'boolean',
      'timestamp',
      'timestamp',
      'date',
      'decimal',
      'decimal',
      'float',
      'json',
      'bytes',
      'text',
      'unknown',
      'unknown',
    ]);
  });

  it('of a MySQL result give sign and precision', () => {
    const field = { name: 'x', flags: 0, characterSet: 63, columnLength: 12, decimals: 2 };
    expect(columnType({ ...field, columnType: 246 })).toEqual({ kind: 'decimal', type: 'decimal(10,2)' });
    expect(columnType({ ...field, columnType: 246, flags: 32, columnLength: 11 })).toEqual({
      kind: 'decimal',
      type: 'decimal(10,2) unsigned',
    });
    expect(columnType({ ...field, columnType: 8, flags: 32 })).toEqual({ kind: 'integer', type: 'bigint unsigned' });
    expect(columnType({ ...field, columnType: 252, characterSet: 45, extendedFormat: 'json' })).toEqual({
      kind: 'json',
      type: 'json',
    });
  });
});

describe('the table of connectors', () => {
  it('loads each under its name, with options that allow nothing unknown', async () => {
    for (const name of connectorNames) {
      const connector = await loadConnector(name);
      expect(connector?.name).toBe(name);
      expect(connector?.options).toMatchObject({ type: 'object', additionalProperties: false });
    }
    expect(await loadConnector('toString')).toBeUndefined();
  });
});
