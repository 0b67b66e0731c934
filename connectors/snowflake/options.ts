// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import { type Static, Type } from 'typebox';

const text = (description: string, ...examples: string[]) =>
  Type.Optional(Type.String({ minLength: 1, description, examples }));

export const options = Type.Object(
  {
    account: Type.String({
      pattern: '^\\w+([.-]\\w+)*$',
      description:
        'Account identifier: organisation and account with a dash, or the older locator with its region. What stands before .snowflakecomputing.com.',
      examples: ['myorg-crm', 'xy12345.eu-central-1'],
    }),
    user: text(
      'Login name of a user of TYPE = SERVICE. Not needed with a token that names its user itself.',
      'CAPI_READER',
    ),
    private_key: text(
      'Private key in PEM form, by reference: key-pair sign-in, the one to choose. RSA, 2,048 bits or more.',
      '${file:/run/secrets/snowflake_key.p8}',
    ),
    private_key_file: text(
      'The same as the path of a PEM file, relative to the config file.',
      'secrets/snowflake_key.p8',
    ),
    private_key_passphrase: text('Passphrase of an encrypted private key.', '${SNOWFLAKE_KEY_PASSPHRASE}'),
    token: text('Programmatic access token, in the place of a key.', '${SNOWFLAKE_TOKEN}'),
    password: text(
      'Password, in the place of a key; accounts increasingly refuse it to programs.',
      '${SNOWFLAKE_PASSWORD}',
    ),
    role: text('Role that may SELECT what is mapped, and nothing else. Default: that of the user.', 'CAPI_READER'),
    warehouse: text(
      'Warehouse that does the work and is paid for; X-Small with AUTO_SUSPEND = 60 is where to begin. Default: that of the user.',
      'CAPI_WH',
    ),
    database: text('Database in which table names are looked up. Default: that of the user.', 'ANALYTICS'),
    schema: text('Schema in which table names are looked up. Default: that of the user.', 'MARTS'),
    host: text(
      'Host name, where it is not <account>.snowflakecomputing.com: a private link.',
      'myorg-crm.privatelink.snowflakecomputing.com',
    ),
    port: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 65_535, description: 'TCP port. Default 443.', examples: [443] }),
    ),
    query_tag: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2000,
        default: 'capi-sync',
        description: 'QUERY_TAG of every statement, by which cost reports tell them apart. Default capi-sync.',
        examples: ['capi-sync prod'],
      }),
    ),
    statement_timeout: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 604_800,
        default: 1800,
        description: 'STATEMENT_TIMEOUT_IN_SECONDS of the session. Default 1800.',
      }),
    ),
  },
  { additionalProperties: false, description: 'A Snowflake account.' },
);

export type SnowflakeOptions = Static<typeof options>;
