/** `init --from`: a database file, or a path of other files; paths of SQLite are left to it. */
import type { UrlConnection } from '../connector.ts';
import { tableNameOf } from './file-tables.ts';
import { isRemote } from './object-store.ts';

const DATABASE = /\.(?:duckdb|ddb)$/i;
const DATA = /\.(?:parquet|parq|csv|tsv|json|ndjson|jsonl)(?:\.(?:gz|zst))?$/i;

export function fileUrl(text: string): UrlConnection | undefined {
  const isDuckdb = /^duckdb:/i.test(text);
  const path = text.replace(/^(?:duckdb|file):(?:\/\/)?/i, '');
  const name = tableNameOf(path);
  if (DATA.test(path)) {
    const isPath = !isRemote(path);
    return {
      options: { files: { value: path, comment: 'relative to this file; only read', isPath } },
      secrets: {},
      examples: {},
      name,
    };
  }
  if (path === '' || isRemote(path) || !(isDuckdb || DATABASE.test(path))) return undefined;
  return {
    options: { database: { value: path, comment: 'relative to this file; only read', isPath: true } },
    secrets: {},
    examples: {},
    name,
  };
}
