// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import { type Static, Type } from 'typebox';

const text = (description: string, ...examples: string[]) =>
  Type.Optional(Type.String({ minLength: 1, description, examples }));

export const options = Type.Object(
  {
    host: Type.String({
      pattern: '^[\\w.-]+$',
      description: 'Server hostname, from the connection details of the SQL warehouse; without https://.',
      examples: ['dbc-a1b2c3d4-e5f6.cloud.databricks.com', 'adb-1234567890123456.7.azuredatabricks.net'],
    }),
    http_path: Type.String({
      pattern: '^/?sql/',
      description: 'HTTP path of the SQL warehouse (or cluster) that does the work and is paid for.',
      examples: ['/sql/1.0/warehouses/a1b2c3d4e5f60718'],
    }),
    client_id: text('Application id of a service principal: OAuth, the way in to choose.', '${DATABRICKS_CLIENT_ID}'),
    client_secret: text('OAuth secret of that service principal.', '${DATABRICKS_CLIENT_SECRET}'),
    token: text('Personal access token, in the place of a service principal.', '${DATABRICKS_TOKEN}'),
    catalog: text("Catalog in which table names are looked up. Default: the workspace's.", 'main'),
    schema: text('Schema in which table names are looked up. Default: default.', 'marts'),
    port: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 65_535, description: 'TCP port. Default 443.', examples: [443] }),
    ),
    ca: text(
      "File of the certificate authority, relative to the config file; for a private link with a certificate of one's own. Default: the system's.",
      'certs/ca.pem',
    ),
    statement_timeout: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 172_800,
        default: 1800,
        description: 'STATEMENT_TIMEOUT of the session, in seconds. Default 1800.',
      }),
    ),
    start_timeout: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3600,
        default: 600,
        description: 'Seconds to wait for a warehouse that has to start. Default 600.',
      }),
    ),
  },
  { additionalProperties: false, description: 'A SQL warehouse of Databricks.' },
);

export type DatabricksOptions = Static<typeof options>;
