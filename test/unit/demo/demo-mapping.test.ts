import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Cell, Column } from '../../../connectors/connector.ts';
import type { MappingFile } from '../../../src/config/mapping-schema.ts';
import { changeShop } from '../../../src/demo/change-shop.ts';
import { makeShop } from '../../../src/demo/make-shop.ts';
import { bindMapping } from '../../../src/mapping/bind-mapping.ts';
import { checkMapping, mappingColumns, parseMapping } from '../../../src/mapping/compile-mapping.ts';
import type { MappedRow } from '../../../src/mapping/mapped-row.ts';

const NOW = Date.UTC(2026, 10, 23, 12, 0, 0);
const folder = mkdtempSync(join(tmpdir(), 'capi-sync-demo-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { mapping, problems } = parseMapping(
  parse(readFileSync(new URL('../../../mappings/demo-shop.yaml', import.meta.url), 'utf8')) as MappingFile,
);

/** The rows of `paid_orders` in the order of a sync, through the shipped mapping. */
const mapRows = (file: string) => {
  const db = new Database(file, { readonly: true }).defaultSafeIntegers();
  const kinds = db.pragma('table_info(paid_orders)') as { name: string; type: string }[];
  const columns = mappingColumns(mapping).map((name): Column => {
    const type = kinds.find((column) => column.name === name)?.type ?? 'missing';
    return { name, kind: type === 'INTEGER' ? 'integer' : 'text', type, nullable: true };
  });
  expect([...problems, ...checkMapping(mapping, columns)]).toEqual([]);
  const counts = { present: {}, dropped: {} as Record<string, Record<string, number>> };
  const map = bindMapping(mapping, { columns, datasetId: '1', now: () => NOW / 1000, counts });
  const rows = db
    .prepare<[], Cell[]>(
      `SELECT ${columns.map(({ name }) => name).join(', ')} FROM paid_orders ORDER BY updated_at, id`,
    )
    .raw()
    .all();
  db.close();
  return { mapped: rows.map(map), counts };
};

/** What a sync would make of them, given the keys it has sent already. */
const tally = (mapped: readonly MappedRow[], ledger: Set<string>) => {
  const result = { sent: 0, duplicate: 0, filtered: {}, rejected: {}, expired: 0 };
  const add = (to: Record<string, number>, key: string): void => {
    to[key] = (to[key] ?? 0) + 1;
  };
  for (const row of mapped) {
    if (row.kind === 'filtered') add(result.filtered, row.reason);
    else if (row.kind === 'rejected') add(result.rejected, row.code);
    else if (row.kind === 'expired') result.expired++;
    else if (ledger.has(row.dedupKey)) result.duplicate++;
    else {
      ledger.add(row.dedupKey);
      result.sent++;
    }
  }
  return result;
};

it('gives every row of the demo shop the outcome that the shop promises, then sends only what is new', () => {
  const file = join(folder, 'shop.db');
  const { expected } = makeShop(file, NOW);
  const ledger = new Set<string>();
  const first = mapRows(file);
  const { read, keys_dropped, ...outcomes } = expected;
  expect(first.mapped).toHaveLength(read);
  expect(tally(first.mapped, ledger)).toEqual(outcomes);

  const dropped = Object.fromEntries(
    Object.entries(first.counts.dropped).map(([key, reasons]) => [
      key,
      Object.values(reasons).reduce((a, b) => a + b, 0),
    ]),
  );
  expect(dropped).toEqual(keys_dropped);

  changeShop(file, NOW);
  expect(tally(mapRows(file).mapped, ledger).sent).toBe(25);
});
