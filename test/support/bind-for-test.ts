import type { Cell, Column, ColumnKind } from '../../connectors/connector.ts';
import type { MappingFile } from '../../src/config/mapping-schema.ts';
import { bindMapping } from '../../src/mapping/bind-mapping.ts';
import { checkMapping, mappingColumns, type ParsedMapping, parseMapping } from '../../src/mapping/compile-mapping.ts';
import type { MappedRow } from '../../src/mapping/mapped-row.ts';
import type { MatchKeyCounts } from '../../src/mapping/user-data-fields.ts';

/** Seconds since 1970: the clock of mapping tests. */
export const NOW = Date.UTC(2026, 10, 23, 12) / 1000;

type Loose = Record<string, unknown>;

/** A Lead with an e-mail address, as a mapping file after its defaults; `changes` replace whole keys. */
export const mappingFile = (changes: Loose = {}, event: Loose = {}): MappingFile =>
  ({
    version: 1,
    name: 'leads',
    source: {
      connection: 'crm',
      table: 'leads',
      primary_key: 'id',
      timezone: 'UTC',
      cursor: { column: 'updated_at', start: '7d', lag: '60s', lookback: '10m', on_null: 'error', max_stall: '15m' },
    },
    dedup: { window: '28d' },
    dead_letters: { retry_after: '24h', keep: '63d' },
    on_unknown: 'resend',
    event: {
      event_name: 'Lead',
      event_time: '=at',
      action_source: 'system_generated',
      user_data: { em: '=email' },
      ...event,
    },
    ...changes,
  }) as unknown as MappingFile;

export const KINDS: Readonly<Record<string, ColumnKind>> = {
  id: 'integer',
  at: 'timestamp',
  updated_at: 'timestamp',
  email: 'text',
};

export type BoundForTest = {
  readonly mapping: ParsedMapping;
  readonly columns: readonly Column[];
  readonly counts: MatchKeyCounts;
  /** A row given by column; what is left out is NULL. */
  readonly map: (row: Readonly<Record<string, Cell>>) => MappedRow;
  readonly mapCells: (row: readonly Cell[]) => MappedRow;
};

/** Parses, checks and binds; a problem of an expression is an error here. */
export const bindForTest = (file: MappingFile, kinds: Readonly<Record<string, ColumnKind>> = {}): BoundForTest => {
  const { mapping, problems } = parseMapping(file);
  const known = { ...KINDS, ...kinds };
  const columns = mappingColumns(mapping).map(
    (name): Column => ({ name, kind: known[name] ?? 'text', type: 'any', nullable: true }),
  );
  const all = [...problems, ...checkMapping(mapping, columns)];
  if (all.length > 0) throw new Error(JSON.stringify(all));
  const counts: MatchKeyCounts = { present: {}, dropped: {} };
  const mapCells = bindMapping(mapping, { columns, datasetId: '123', now: () => NOW, counts });
  return { mapping, columns, counts, mapCells, map: (row) => mapCells(columns.map(({ name }) => row[name] ?? null)) };
};
