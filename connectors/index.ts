/** The table of connectors: name in `config.yaml` to loader. Nothing is discovered; a new connector is a folder and a line here. */
import type { Connector } from './connector.ts';

/** Loading a connector does not load its driver; opening a connection does. */
export const connectors: Readonly<Record<string, () => Promise<Connector>>> = {
  postgres: async () => (await import('./postgres/index.ts')).postgres,
  mysql: async () => (await import('./mysql/index.ts')).mysql, // MariaDB too
  mssql: async () => (await import('./mssql/index.ts')).mssql, // Azure SQL too
  sqlite: async () => (await import('./sqlite/index.ts')).sqlite,
  databricks: async () => (await import('./databricks/index.ts')).databricks,
  hubspot: async () => (await import('./hubspot/index.ts')).hubspot,
  clickhouse: async () => (await import('./clickhouse/index.ts')).clickhouse,
  salesforce: async () => (await import('./salesforce/index.ts')).salesforce,
  snowflake: async () => (await import('./snowflake/index.ts')).snowflake,
  bigquery: async () => (await import('./bigquery/index.ts')).bigquery,
  redshift: async () => (await import('./redshift/index.ts')).redshift,
  duckdb: async () => (await import('./duckdb/index.ts')).duckdb,
};

export const connectorNames: readonly string[] = Object.keys(connectors);

/** The connector of that name; undefined when there is none. */
export async function loadConnector(name: string): Promise<Connector | undefined> {
  return Object.hasOwn(connectors, name) ? connectors[name]!() : undefined;
}
