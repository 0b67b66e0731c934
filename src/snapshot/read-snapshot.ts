/**
 * Reads a table that has no cursor: page by page in the order of its key, and gives the rows that are new or not as they were.
 * Holds one page, and the hashes of the pages whose rows have no outcome yet.
 */
import type { Position, Row, Source, Stream } from '../../connectors/connector.ts';
import { cellText } from '../mapping/cell-values.ts';
import type { RowHash, StateStore } from '../state/state-store.ts';
import type { RowHasher } from './row-hasher.ts';

/** A row that is still there is noted again after so many days: each note is a write. */
const NOTED_AGAIN = 7;

export type SnapshotTools = {
  readonly source: Pick<Source, 'readPages' | 'readKeys'>;
  readonly stream: Stream;
  /** Cells of a row, in order; the primary key is among them. */
  readonly columns: readonly string[];
  readonly primaryKey: readonly string[];
  readonly hasher: RowHasher;
  /** What is remembered of rows. */
  readonly find: (keys: readonly string[]) => ReturnType<StateStore['findRowHashes']>;
  /** Days since 1970. */
  readonly day: number;
  /** Adds a cell to each row: what tells this state of the row from every other (`emit: every_update`). */
  readonly hasVersion: boolean;
};

/** A page, compared. */
export type ComparedPage = {
  /** New and changed rows; the hashes of these, in the same order. */
  readonly rows: readonly Row[];
  readonly hashes: readonly RowHash[];
  /** Rows that are as remembered, and of these the ones that were last noted some days ago. */
  readonly unchanged: number;
  readonly stale: readonly RowHash[];
  readonly end: Position;
};

type Compared = { readonly row: Row; readonly known: RowHash | undefined; readonly hash: RowHash };

const compareRows = async (rows: readonly Row[], tools: SnapshotTools): Promise<Compared[]> => {
  const { hasher, find, day, hasVersion, columns, primaryKey } = tools;
  const keyIndexes = primaryKey.map((name) => columns.indexOf(name));
  const keys = rows.map((row) => hasher.key(keyIndexes.map((index) => cellText(row[index] ?? null) ?? '')));
  const remembered = await find(keys);
  return rows.map((row, n) => {
    const key = keys[n] as string;
    const known = remembered.get(key);
    const hash = hasher.row(row);
    const version = known === undefined ? 1 : known.hash === hash ? known.version : known.version + 1;
    return {
      row: hasVersion ? [...row, `${version}.${hash}`] : row,
      known: known?.hash === hash ? known : undefined,
      hash: { key, hash, version, day },
    };
  });
};

/** The whole table, page by page. @throws SourceError */
export async function* readSnapshot(
  tools: SnapshotTools,
  pageSize: number,
  signal: AbortSignal,
): AsyncGenerator<ComparedPage> {
  const { source, stream, columns, day } = tools;
  for await (const page of source.readPages(stream, { columns, pageSize }, signal)) {
    const compared = await compareRows(page.rows, tools);
    const changed = compared.filter(({ known }) => known === undefined);
    yield {
      rows: changed.map(({ row }) => row),
      hashes: changed.map(({ hash }) => hash),
      unchanged: compared.length - changed.length,
      stale: compared.flatMap(({ known, hash }) => (known && day - known.day >= NOTED_AGAIN ? [hash] : [])),
      end: page.end,
    };
  }
}

/**
 * Rows by their primary keys, with the version they have, or will have when they are read.
 * @param stream another than the snapshot's own, such as one without its `where`
 * @throws SourceError
 */
export const readSnapshotKeys = async (
  tools: SnapshotTools,
  keys: readonly (readonly string[])[],
  stream = tools.stream,
): Promise<{ readonly row: Row; readonly isUnchanged: boolean }[]> => {
  const rows = await tools.source.readKeys(stream, tools.columns, keys);
  return (await compareRows(rows, tools)).map(({ row, known }) => ({ row, isUnchanged: known !== undefined }));
};
