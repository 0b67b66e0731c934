/** The files of the page, read once: `npm run build` wrote them. Nothing else of the disk can be asked for. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Asset = { readonly body: Uint8Array; readonly gzip: Uint8Array | undefined; readonly type: string };
export type Assets = ReadonlyMap<string, Asset>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Beside the built program; for a checkout's sources, in the dist/ of its last build. */
const folders = (): string[] => {
  const here = fileURLToPath(new URL('.', import.meta.url));
  return [join(here, 'page'), join(here, '../../../dist/page')];
};

/** @returns by file name; empty when there was no build */
export const openAssets = (): Assets => {
  const folder = folders().find((each) => existsSync(join(each, 'index.html')));
  if (folder === undefined) return new Map();
  const read = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(folder, name)));
  return new Map(
    readdirSync(folder)
      .filter((name) => extname(name) in TYPES)
      .map((name) => [
        name,
        {
          body: read(name),
          gzip: existsSync(join(folder, `${name}.gz`)) ? read(`${name}.gz`) : undefined,
          type: TYPES[extname(name)] as string,
        },
      ]),
  );
};
