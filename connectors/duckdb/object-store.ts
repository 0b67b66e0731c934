/** How DuckDB is let into an object store: by its extension httpfs and a secret that lives in this process's memory only. */
import { literal } from './dialect.ts';
import type { DuckdbOptions } from './options.ts';

export type ObjectStore = NonNullable<DuckdbOptions['object_store']>;

export const isRemote = (path: string): boolean => /^[a-z][a-z0-9+.-]+:\/\//i.test(path);

/** Run one after another before the first question. Nothing is downloaded: an extension that is not there is an error. */
export function storeStatements(store: ObjectStore): readonly string[] {
  const { type, credential_chain: isChained, ...given } = store;
  const fields = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name.toUpperCase()} ${typeof value === 'string' ? literal(value) : String(value)}`],
  );
  const secret = [`TYPE ${type}`, ...(isChained ? ['PROVIDER credential_chain'] : []), ...fields].join(', ');
  return ['LOAD httpfs', ...(isChained ? ['LOAD aws'] : []), `CREATE SECRET capi_store (${secret})`];
}
