/** Holds the table of types in docs/expressions.md to real databases: every line is a column, filled and read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConversionError, cellText, cellValue, type Value } from '../../src/mapping/cell-values.ts';
import { type Bed, collect, mysqlBed, openBed, postgresBed, sqliteBed } from './source-beds.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/expressions.md'), 'utf8');
const block =
  /<!-- types: held by test\/contract\/cell-values.test.ts -->\n([\s\S]*?)<!-- end -->/.exec(page)?.[1] ?? '';

type Line = { readonly engine: string; readonly type: string; readonly literal: string; readonly seen: string };
const lines: Line[] = block
  .split('\n')
  .filter((line) => line.startsWith('| `') || /^\| (PostgreSQL|MySQL|SQLite) /.test(line))
  .map((line) => {
    const [engine, type, literal, bare, inside] = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('\\|', '|'));
    return { engine: engine!, type: unquoted(type!), literal: unquoted(literal!), seen: `${bare} | ${inside}` };
  });

function unquoted(text: string): string {
  return text.replace(/^`|`$/g, '');
}

/** As the tables of that page write a value. */
function shown(value: Value): string {
  if (value === null) return '`null`';
  if (typeof value === 'bigint') return `int \`${value}\``;
  if (typeof value === 'number') return `double \`${value}\``;
  if (typeof value === 'boolean') return `bool \`${value}\``;
  if (typeof value === 'string') return `string \`${JSON.stringify(value)}\``;
  if (value instanceof Date) return `timestamp \`${value.toISOString()}\``;
  if (value instanceof Uint8Array) return `bytes \`${Buffer.from(value).toString('hex')}\``;
  return `${Array.isArray(value) ? 'list' : 'map'} \`${JSON.stringify(value)}\``;
}

const zone = 'Europe/Berlin';
const beds: Readonly<Record<string, Bed>> = {
  PostgreSQL: postgresBed('cell_values'),
  MySQL: mysqlBed('cell_values'),
  SQLite: sqliteBed(),
};

describe.each(Object.entries(beds))('what an expression sees of a column of %s', (engine, bed) => {
  it('is what the documentation says', async () => {
    const own = lines.filter((line) => line.engine === engine);
    expect(own.length).toBeGreaterThan(8);
    await bed.setUp();
    await bed.execute(
      ...(engine === 'MySQL' ? ["SET SESSION sql_mode = 'ALLOW_INVALID_DATES'"] : []),
      `CREATE TABLE cells (id int PRIMARY KEY${own.map(({ type }, n) => `, c${n} ${type}`).join('')})`,
      `INSERT INTO cells VALUES (1${own.map(({ literal }) => `, ${literal}`).join('')})`,
    );
    const source = await openBed(bed);
    const stream = await source.describe({ table: 'cells', primaryKey: ['id'], cursor: 'id', onNull: 'error' });
    const columns = own.map((_, n) => stream.columns.find((column) => column.name === `c${n}`)!);
    const { rows } = await collect(source, stream, { columns: columns.map((column) => column.name) });
    await source.close();
    await bed.tearDown();
    const seen = columns.map(({ kind }, n) => {
      const cell = rows[0]![n]!;
      const text = cellText(cell);
      return `${text === null ? 'nothing' : `\`${text}\``} | ${inside(cell, kind)}`;
    });
    const table = (texts: readonly string[]): string[] =>
      own.map((line, n) => `${line.type} | ${line.literal} | ${texts[n]}`);
    expect(table(seen)).toEqual(table(own.map((line) => line.seen)));
  });
});

function inside(cell: Parameters<typeof cellValue>[0], kind: Parameters<typeof cellValue>[1]): string {
  try {
    return shown(cellValue(cell, kind, zone));
  } catch (error) {
    if (error instanceof ConversionError) return 'the row is rejected';
    throw error;
  }
}
