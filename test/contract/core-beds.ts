/** Every kind of system under the one core contract: how to open it, and how to put rows into it. A new connector is a file in `beds/` and a line here. */
import type { ReadSpec } from '../../connectors/connector.ts';
import { bigqueryCoreBed } from './beds/bigquery.ts';
import { clickhouseCoreBed } from './beds/clickhouse.ts';
import { databricksCoreBed } from './beds/databricks.ts';
import { duckdbCoreBed, parquetCoreBed } from './beds/duckdb.ts';
import { hubspotCoreBed } from './beds/hubspot.ts';
import { mssqlCoreBed } from './beds/mssql.ts';
import { mysqlCoreBed } from './beds/mysql.ts';
import { postgresCoreBed } from './beds/postgres.ts';
import { redshiftCoreBed } from './beds/redshift.ts';
import { salesforceCoreBed } from './beds/salesforce.ts';
import { snowflakeCoreBed } from './beds/snowflake.ts';
import { sqliteCoreBed } from './beds/sqlite.ts';

export type CoreRow = {
  /** Unique unless the suite says so; below 10^9. A system whose keys are texts derives one from it that sorts the same way. */
  readonly id: number;
  /** ISO 8601 UTC with as many digits of a second as the bed says it keeps. */
  readonly at: string | null;
  readonly note: string | null;
};

export type CoreBed = {
  /** Its name in `connectors/index.ts`. */
  readonly connector: string;
  readonly setUp: () => Promise<void>;
  readonly tearDown: () => Promise<void>;
  /** Options of a connection to it. */
  readonly options: () => Record<string, unknown>;
  /** The same place with a wrong password or key; undefined: there is no login. */
  readonly badLogin?: () => Record<string, unknown>;
  /** Makes the one table of the bed anew, with these rows; the spec reads all of it. No source is open meanwhile. */
  readonly fill: (rows: readonly CoreRow[]) => Promise<ReadSpec>;
  /** Inserts, or replaces by id. No source is open meanwhile. */
  readonly put: (rows: readonly CoreRow[]) => Promise<void>;
  /** What the system calls the three. */
  readonly columns: { readonly id: string; readonly at: string; readonly note: string };
  /** Digits of a second that its cursor keeps. */
  readonly digits: 0 | 3 | 6 | 7 | 9;
  /** What the system does not allow or have is left out here, and told in its README. */
  readonly can: { readonly nullCursor: boolean; readonly repeatedKeys: boolean };
};

export const coreBeds: Readonly<Record<string, () => CoreBed>> = {
  postgres: postgresCoreBed,
  mssql: mssqlCoreBed,
  mysql: mysqlCoreBed,
  sqlite: sqliteCoreBed,
  databricks: databricksCoreBed,
  hubspot: hubspotCoreBed,
  clickhouse: clickhouseCoreBed,
  salesforce: salesforceCoreBed,
  snowflake: snowflakeCoreBed,
  bigquery: bigqueryCoreBed,
  redshift: redshiftCoreBed,
  duckdb: duckdbCoreBed,
  'duckdb, Parquet files': parquetCoreBed,
};
