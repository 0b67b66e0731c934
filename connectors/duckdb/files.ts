/** The file tables of an open connection: what they look like, and which files of them may be read now. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Column, SourceError } from '../connector.ts';
import type { Run } from '../sql/dialect.ts';
import { columnsOf } from './catalogue.ts';
import { quote } from './dialect.ts';
import { type FileEntry, listFiles } from './file-listing.ts';
import { dataOf, FILE_COLUMNS, type FileTable, type Reading, withFileColumns } from './file-tables.ts';

/** A described table of files. */
export type FileRead = {
  readonly reading: Reading;
  readonly columns: readonly Column[];
  /** The files as they lay when they were described; a change of one stops the run. Undefined: they are read by their own time, each change in its turn. */
  readonly frozen: readonly FileEntry[] | undefined;
};

export type Files = {
  readonly names: readonly string[];
  /** Undefined: there is no file table of that name. `byTime`: its cursor is `file_changed_at`. */
  readonly describe: (name: string, byTime: boolean) => Promise<FileRead | undefined>;
  /** All that may be read now, in the order of (file_changed_at, filename). */
  readonly entries: (read: FileRead) => Promise<readonly FileEntry[]>;
  /** Files of a time that the clock has not reached. */
  readonly ofTheFuture: (read: FileRead) => Promise<readonly FileEntry[]>;
  /** Every file table as a view, for a query of the author's. */
  readonly makeViews: () => Promise<void>;
  readonly settleSeconds: number;
};

const microsNow = (): bigint => BigInt(Date.now()) * 1000n;

export const openFiles = (
  run: Run,
  tables: readonly FileTable[],
  { baseDir, settleSeconds }: { readonly baseDir: string; readonly settleSeconds: number },
): Files => {
  const list = (table: FileTable): Promise<FileEntry[]> => listFiles(run, table.paths, baseDir, table.name);
  const isSettled = ({ changed }: FileEntry): boolean =>
    settleSeconds === 0 || changed < microsNow() - BigInt(Math.round(settleSeconds * 1e6));

  /** Rows of a file that is left aside would lie behind the checkpoint when it is read at last: so it is waited for. */
  const whenStill = async (table: FileTable): Promise<FileEntry[]> => {
    const until = Date.now() + 2 * settleSeconds * 1000 + 1000;
    for (;;) {
      const entries = await list(table);
      if (entries.every(isSettled)) return entries;
      if (Date.now() > until) throw stillChanging(table);
      await wait(Math.min(1000, settleSeconds * 1000));
    }
  };

  const jsonColumns = async (table: FileTable, entries: readonly FileEntry[]): Promise<Reading['jsonColumns']> => {
    if (table.format !== 'json') return undefined;
    const found = await columnsOf(run, dataOf({ table, jsonColumns: undefined }, entries), table.name, new Set());
    return new Map(found.map(({ name, type }) => [name, table.settings.types?.[name] ?? asWritten(type)]));
  };

  const describe: Files['describe'] = async (name, byTime) => {
    const table = tables.find((candidate) => candidate.name === name);
    if (table === undefined) return undefined;
    const frozen = byTime ? undefined : await whenStill(table);
    const all = frozen ?? (await list(table));
    // Their look is taken from whole files, if there are any.
    const whole = all.filter(isSettled);
    const looked = whole.length > 0 ? whole : all;
    if (looked.length === 0) throw noFiles(table);
    const reading = { table, jsonColumns: await jsonColumns(table, looked) };
    const data = await columnsOf(run, dataOf(reading, looked), name, new Set());
    return { reading, columns: [...data, ...FILE_COLUMNS], frozen };
  };

  const entries: Files['entries'] = async ({ reading: { table }, frozen }) => {
    const now = await list(table);
    if (frozen === undefined) return now.filter(isSettled);
    const times = new Map(now.map(({ path, changed }) => [path, changed]));
    if (frozen.some(({ path, changed }) => times.get(path) !== changed)) throw stillChanging(table);
    return frozen;
  };

  return {
    names: tables.map(({ name }) => name),
    settleSeconds,
    describe,
    entries,
    ofTheFuture: async ({ reading }) => (await list(reading.table)).filter(({ changed }) => changed > microsNow()),
    makeViews: async () => {
      for (const table of tables) {
        const files = await whenStill(table);
        if (files.length === 0) throw noFiles(table);
        const relation = withFileColumns({ table, jsonColumns: await jsonColumns(table, files) }, files);
        await run(
          [`CREATE OR REPLACE VIEW memory.main.${quote(table.name)} AS SELECT * FROM ${relation}`],
          `look up ${table.name}`,
        );
      }
    },
  };
};

/** JSON knows no times and no days: what was taken for one stays the text that it is. */
const asWritten = (type: string): string =>
  type.replace(/\b(?:TIMESTAMP(?:_S|_MS|_NS)?(?: WITH TIME ZONE)?|TIME|DATE|UUID)\b/g, 'VARCHAR');

const noFiles = ({ name }: FileTable): SourceError =>
  new SourceError('unknown-table', `no file matches the path of "${name}"`, {
    hint: 'the path of `files` is relative to the config file; a file of its form, with no rows in it, is enough to begin',
  });

const stillChanging = ({ name }: FileTable): SourceError =>
  new SourceError('source-interrupted', `files of "${name}" are being changed`, {
    hint: 'try again when they are written: elsewhere first, then renamed. Or let file_changed_at be the cursor, which reads each file when it lies still',
  });
