/** Which files a table of files has now, and since when each of them is as it is. */
import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Run } from '../sql/dialect.ts';
import { bind } from '../sql/statement.ts';
import { isRemote } from './object-store.ts';

export type FileEntry = {
  readonly path: string;
  /** As `filename` shows it: relative to the config file, or the URL. */
  readonly name: string;
  /** Microseconds since 1970. */
  readonly changed: bigint;
};

/**
 * On disk a file is as old as its inode's last change, which no program can set back: a file that is copied with its old time, moved here or
 * unpacked is a new one. In an object store it is as old as its upload.
 */
export async function listFiles(
  run: Run,
  paths: readonly string[],
  baseDir: string,
  what: string,
): Promise<FileEntry[]> {
  const found = new Map<string, FileEntry>();
  for (const path of paths) {
    for (const entry of isRemote(path) ? await listStore(run, path, what) : await listDisk(run, path, baseDir, what))
      found.set(entry.path, entry);
  }
  return [...found.values()].sort(inOrder);
}

/** As DuckDB sorts (file_changed_at, filename): texts by their bytes. */
const inOrder = (a: FileEntry, b: FileEntry): number =>
  a.changed === b.changed ? Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) : a.changed < b.changed ? -1 : 1;

async function listDisk(run: Run, pattern: string, baseDir: string, what: string): Promise<FileEntry[]> {
  const rows = await run(['SELECT file FROM glob(', bind(pattern), ')'], `list the files of ${what}`);
  const entries = await Promise.all(
    rows.map(async ([cell]): Promise<FileEntry | undefined> => {
      const path = String(cell);
      // Gone since it was listed: as if it had never been there.
      const facts = await stat(path, { bigint: true }).catch(() => undefined);
      if (facts === undefined || !facts.isFile()) return undefined;
      const name = relative(baseDir, path).replaceAll('\\', '/');
      return { path, name, changed: (facts.ctimeNs > facts.mtimeNs ? facts.ctimeNs : facts.mtimeNs) / 1000n };
    }),
  );
  return entries.filter((entry) => entry !== undefined);
}

/** By the store's own listing: no file is opened for it. */
export async function listStore(run: Run, pattern: string, what: string): Promise<FileEntry[]> {
  const rows = await run(
    ['SELECT filename, epoch_us(last_modified) FROM read_blob(', bind(pattern), ')'],
    `list the files of ${what}`,
  );
  return rows.map(([path, changed]) => ({ path: String(path), name: String(path), changed: BigInt(String(changed)) }));
}

/** As DuckDB writes a TIMESTAMPTZ in UTC. */
export function textOf(micros: bigint): string {
  const fraction = micros % 1_000_000n;
  const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19).replace('T', ' ');
  const digits = fraction === 0n ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
  return `${seconds}${digits}+00`;
}

/** Undefined for a text that is no such time. */
export function microsOf(text: string): bigint | undefined {
  const found = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00(?::00)?$/.exec(text);
  const whole = found === null ? Number.NaN : Date.parse(`${found[1]}T${found[2]}Z`);
  return Number.isNaN(whole) ? undefined : BigInt(whole) * 1000n + BigInt((found?.[3] ?? '').padEnd(6, '0'));
}
