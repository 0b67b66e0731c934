import type * as Client from '@databricks/sql';
import { loadDriver } from '../load-driver.ts';

export const DRIVER = { name: '@databricks/sql', versions: '^1.17.0' } as const;

export type DatabricksClient = typeof Client;

export async function loadClient(): Promise<DatabricksClient> {
  const loaded = await loadDriver<DatabricksClient & { readonly default?: DatabricksClient }>(DRIVER.name, DRIVER);
  return loaded.DBSQLClient === undefined && loaded.default !== undefined ? loaded.default : loaded;
}
