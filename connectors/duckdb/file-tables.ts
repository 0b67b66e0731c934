/** Files as tables: what stands after FROM. The columns of the data, and three of ours: `filename`, `file_row_number`, `file_changed_at`. */
import { basename, extname, isAbsolute, resolve } from 'node:path';
import { type Column, SourceError } from '../connector.ts';
import { literal, quote } from './dialect.ts';
import { type FileEntry, textOf } from './file-listing.ts';
import { isRemote } from './object-store.ts';
import type { DuckdbOptions, FileTableOptions } from './options.ts';

export type Format = 'parquet' | 'csv' | 'json';

export type FileTable = {
  readonly name: string;
  readonly paths: readonly string[];
  readonly format: Format;
  readonly settings: Omit<FileTableOptions, 'path' | 'format'>;
};

export const FILE_COLUMNS: readonly Column[] = [
  { name: 'filename', kind: 'text', type: 'VARCHAR', nullable: false },
  { name: 'file_row_number', kind: 'integer', type: 'BIGINT', nullable: false },
  { name: 'file_changed_at', kind: 'timestamptz', type: 'TIMESTAMP WITH TIME ZONE', nullable: false },
];

export const FILE_KEY: readonly string[] = ['filename', 'file_row_number'];
export const FILE_CURSOR = 'file_changed_at';
/** The path as it was read by; beside `filename`, which is shown. */
const PATH = 'capi_path';

/** The tables of files that a connection names. */
export function fileTables({ files }: DuckdbOptions, baseDir: string): FileTable[] {
  if (files === undefined) return [];
  const named = typeof files === 'string' ? { [tableNameOf(files)]: files } : files;
  return Object.entries(named).map(([name, given]) => {
    const { path, format, ...settings } = typeof given === 'string' ? ({ path: given } as FileTableOptions) : given;
    const paths = (typeof path === 'string' ? [path] : path).map((each) =>
      isRemote(each) || isAbsolute(each) ? each : resolve(baseDir, each),
    );
    return { name, paths, format: format ?? formatOf(paths[0] ?? '', name), settings };
  });
}

/** `exports/orders-*.parquet` is `orders`, `orders/*.csv` too. */
export function tableNameOf(path: string): string {
  const parts = path.replaceAll('\\', '/').split('/').reverse();
  for (const part of parts) {
    const stem = basename(part.replace(/\.(?:gz|zst)$/i, ''), extname(part.replace(/\.(?:gz|zst)$/i, '')));
    const name = stem
      .replace(/[*?[].*$/, '')
      .replace(/[^A-Za-z0-9_]+/g, '_')
      .replace(/^_+|_+$/g, '');
    if (/^[A-Za-z_]/.test(name)) return name;
  }
  return 'files';
}

const ENDINGS: Readonly<Record<string, Format>> = {
  parquet: 'parquet',
  parq: 'parquet',
  csv: 'csv',
  tsv: 'csv',
  txt: 'csv',
  json: 'json',
  ndjson: 'json',
  jsonl: 'json',
};

export function formatOf(path: string, name: string): Format {
  const ending = /\.([a-z]+)(?:\.(?:gz|zst))?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  const format = ENDINGS[ending];
  if (format !== undefined) return format;
  throw new SourceError('source-unreachable', `the path of the files "${name}" does not tell what they are`, {
    hint: 'say format: parquet, csv or json',
  });
}

/** How the files are read; for JSON with the types that `describe` found. */
export type Reading = { readonly table: FileTable; readonly jsonColumns: ReadonlyMap<string, string> | undefined };

/** The data of files, with the path of each row in `capi_path`; of Parquet its row number too. */
function scan({ table: { format, settings }, jsonColumns }: Reading, entries: readonly FileEntry[]): string {
  const list = `[${entries.map(({ path }) => literal(path)).join(', ')}]`;
  const shared = [list, 'union_by_name = true', `filename = ${literal(PATH)}`, 'hive_types_autocast = false'];
  if (format === 'parquet') return `read_parquet(${[...shared, 'file_row_number = true'].join(', ')})`;
  if (format === 'csv') {
    const given = [
      "auto_type_candidates = ['VARCHAR']",
      `header = ${settings.header ?? true}`,
      ...(settings.delimiter === undefined ? [] : [`delim = ${literal(settings.delimiter)}`]),
      ...(settings.types === undefined ? [] : [`types = ${struct(Object.entries(settings.types))}`]),
    ];
    return `read_csv(${[...shared, ...given].join(', ')})`;
  }
  const columns = jsonColumns === undefined ? [] : [`columns = ${struct([...jsonColumns])}`];
  return `read_json(${[...shared, ...columns].join(', ')})`;
}

const struct = (fields: readonly (readonly [string, string])[]): string =>
  `{${fields.map(([name, type]) => `${literal(name)}: ${literal(type)}`).join(', ')}}`;

/** What the data has, without columns of ours. */
export const dataOf = (reading: Reading, entries: readonly FileEntry[]): string =>
  `(SELECT * EXCLUDE (${[PATH, ...(reading.table.format === 'parquet' ? ['file_row_number'] : [])].map(quote).join(', ')}) FROM ${scan(reading, entries)}) AS capi_data`;

/** The same with the columns of ours. */
export function withFileColumns(reading: Reading, entries: readonly FileEntry[]): string {
  if (reading.table.format === 'parquet') {
    const files = entries.map(
      ({ path, name, changed }) => `(${[path, name].map(literal).join(', ')}, ${instant(changed)})`,
    );
    return `(SELECT * EXCLUDE (${quote(PATH)}, file_row_number), file_row_number FROM ${scan(reading, entries)} JOIN (VALUES ${files.join(', ')}) AS capi_files(${quote(PATH)}, filename, ${FILE_CURSOR}) USING (${quote(PATH)})) AS capi_rows`;
  }
  // Each file by itself: the number of a row is its place in the one file.
  const each = entries.map(
    (entry) =>
      `SELECT * EXCLUDE (${quote(PATH)}), ${literal(entry.name)} AS filename, row_number() OVER () - 1 AS file_row_number, ${instant(entry.changed)} AS ${FILE_CURSOR} FROM ${scan(reading, [entry])}`,
  );
  return `(${each.join('\nUNION ALL BY NAME ')}) AS capi_rows`;
}

const instant = (changed: bigint): string => `TIMESTAMPTZ ${literal(textOf(changed))}`;

/** Some of the files, with every column that all of them together have: a column that only others hold is NULL here. */
export function shaped(relation: string, columns: readonly Column[]): string {
  const shape = columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${quote(name)}`).join(', ');
  return `(SELECT ${shape} WHERE false UNION ALL BY NAME SELECT * FROM ${relation}) AS capi_shaped`;
}
