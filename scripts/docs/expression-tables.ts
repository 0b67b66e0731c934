/** What expressions see and give: not described but computed, by the same functions that a run calls. */
import type { Cell, Column, ColumnKind } from '../../connectors/connector.ts';
import { cellText, cellValue, type Value } from '../../src/mapping/cell-values.ts';
import { bindExpression, FAILED, parseExpression } from '../../src/mapping/expression.ts';
import { FUNCTIONS } from '../../src/mapping/expression-functions.ts';
import { code, table } from './markdown.ts';

/** A value as a reader of CEL would write it, with its type. */
const shown = (value: Value | typeof FAILED): string => {
  if (value === FAILED) return 'the row is rejected';
  if (value === null) return '`null`';
  if (typeof value === 'bigint') return `int ${code(String(value))}`;
  if (typeof value === 'number') return `double ${code(String(value))}`;
  if (typeof value === 'string') return `string ${code(JSON.stringify(value))}`;
  if (typeof value === 'boolean') return `bool ${code(String(value))}`;
  if (value instanceof Date) return `timestamp ${code(value.toISOString())}`;
  return `${Array.isArray(value) ? 'list' : 'map'} ${code(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? Number(each) : each)))}`;
};

/** One cell of each kind, as a source gives it. */
const CELLS: Readonly<Record<ColumnKind, readonly [Cell, string]>> = {
  text: [' Ada ', 'UTC'],
  integer: ['9007199254740993', 'UTC'],
  decimal: ['19.90', 'UTC'],
  float: ['0.5', 'UTC'],
  boolean: ['t', 'UTC'],
  timestamptz: ['2026-11-20 10:00:00.123456+00', 'UTC'],
  timestamp: ['2026-11-20 10:00:00', 'Europe/Berlin'],
  date: ['2026-11-20', 'UTC'],
  json: ['{"sku": "A", "qty": 2}', 'UTC'],
  bytes: ['\\x00ff', 'UTC'],
  unknown: [42n, 'UTC'],
};

export const columnKinds = (): string =>
  table(
    ['kind of the column', 'the cell', 'bare: `=column`', 'inside an expression'],
    (Object.keys(CELLS) as ColumnKind[]).map((kind) => {
      const [cell, timezone] = CELLS[kind];
      const zone = kind === 'timestamp' ? ` (source.timezone: ${timezone})` : '';
      return [kind, `${code(String(cell))}${zone}`, code(cellText(cell) ?? ''), shown(cellValue(cell, kind, timezone))];
    }),
  );

const COLUMNS: readonly Column[] = [
  { name: 'name', kind: 'text', type: 'text', nullable: true },
  { name: 'price', kind: 'decimal', type: 'numeric', nullable: true },
  { name: 'qty', kind: 'integer', type: 'integer', nullable: true },
  { name: 'items', kind: 'json', type: 'json', nullable: true },
  { name: 'gone', kind: 'text', type: 'text', nullable: true },
  { name: 'none', kind: 'integer', type: 'integer', nullable: true },
  { name: 'Billing Country', kind: 'text', type: 'text', nullable: true },
];
const ROW: readonly Cell[] = [
  'Ada',
  '19.90',
  '3',
  '[{"sku": "A", "qty": 2}, {"sku": "B", "qty": 1}]',
  null,
  null,
  'Austria',
];

/** What an expression gives on the example row. */
const evaluate = (source: string): string => {
  const parsed = parseExpression(source);
  if ('problem' in parsed) throw new Error(`${source}: ${parsed.problem.message}`);
  return shown(bindExpression(parsed.expression, COLUMNS, 'UTC')(ROW));
};
const evaluated = (sources: readonly string[]): string =>
  table(
    ['expression', 'gives'],
    sources.map((source) => [code(`=${source}`), evaluate(source)]),
  );

export const exampleRow = (): string =>
  table(
    ['column', 'kind', 'cell'],
    COLUMNS.map(({ name, kind }, n) => [code(name), kind, ROW[n] === null ? 'NULL' : code(String(ROW[n]))]),
  );

export const ordinaryExamples = (): string =>
  evaluated([
    'price * qty',
    'name + " Lovelace"',
    'lower(name)',
    'qty > 2 && name.startsWith("A")',
    'qty == 3 ? "three" : null',
    'items.map(i, i.sku)',
    'size(items)',
    'row["Billing Country"]',
    'string(qty)',
    'number("12,50", ",")',
    'date("05.04.1990", "DD.MM.YYYY")',
    'split("a;b", ";")',
  ]);

export const nullExamples = (): string =>
  evaluated([
    'gone',
    'lower(gone)',
    'price * none',
    'gone + "x"',
    'none > 1',
    'none == 1',
    'none == null',
    '!gone',
    'coalesce(gone, name)',
    'gone == null ? "no" : "yes"',
  ]);

export const failingExamples = (): string => evaluated(['number(name)', 'date(name)', 'json(name)', 'int(name)']);

/** Overloads that differ only in how many arguments there are become one line. */
export const functions = (): string => {
  const rows = new Map<string, string[]>();
  for (const { signature, help } of FUNCTIONS) {
    const signatures = rows.get(help) ?? [];
    rows.set(help, [...signatures, signature]);
  }
  return table(
    ['function', 'gives'],
    [...rows].map(([help, signatures]) => [
      signatures.length > 2
        ? `${code(signatures[0] ?? '')} … ${code(signatures.at(-1) ?? '')}`
        : signatures.map(code).join(' or '),
      help,
    ]),
  );
};
