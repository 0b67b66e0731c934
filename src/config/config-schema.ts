// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import Type, { type Static } from 'typebox';
import { DEFAULT_API_VERSION } from '../meta/parameters.ts';
import { type AlertsConfig, AlertsSchema } from './alerts-schema.ts';
import { type Hook, HooksSchema } from './hooks-schema.ts';
import type { Secret } from './secret.ts';
import type { TraceSettings } from './trace-settings.ts';
import { TracesSchema } from './traces-schema.ts';
import { closed, duration, named, oneOf, text } from './value-schemas.ts';

/*
 * A key with a `default` is not optional here: the check fills it in, so that the program never asks. The schemas written for
 * editors leave it out of `required` (write-schemas).
 */

const port = Type.Integer({
  minimum: 1,
  maximum: 65_535,
  title: 'a port number',
  description: 'Port of the server.',
  examples: [5432],
});

const stateSecret = Type.Optional(
  Type.String({
    pattern: '^\\S{16,}$',
    title: 'at least 16 characters, without blanks',
    description:
      'Key of the hashes that mappings with `source.mode: snapshot` keep of rows. By reference, and kept elsewhere than the state: whoever has only the state can then not tell what a row holds. Make one with `openssl rand -hex 32`, and keep it: with another one every row looks new.',
    examples: ['${STATE_SECRET}'],
  }),
);

export const StateSqliteSchema = closed(
  {
    client: oneOf(['sqlite'], 'Where state is kept. sqlite: a file, for one instance.', { default: 'sqlite' }),
    filename: text('The state file, relative to the config file.', {
      default: '.capi-sync/state.db',
      examples: ['.capi-sync/state.db'],
    }),
    secret: stateSecret,
  },
  { description: 'State in an SQLite file, beside the program.' },
);

const server = {
  url: Type.Optional(text('Connection URL. Its password comes from ${}.', { examples: ['${STATE_DATABASE_URL}'] })),
  host: Type.Optional(text('Host of the server, instead of a URL.', { examples: ['db.internal'] })),
  port: Type.Optional(port),
  user: Type.Optional(text('User that owns the state tables.', { examples: ['capi_sync'] })),
  password: Type.Optional(text('Password, by reference.', { examples: ['${file:/run/secrets/state_password}'] })),
  database: Type.Optional(text('Database that holds the state tables.', { examples: ['capi_sync'] })),
  tls: Type.Optional(
    Type.Union(
      [
        Type.Literal('verify'),
        Type.Literal('off'),
        Type.Object(
          { ca: text('PEM file of the authority.', { examples: ['certs/ca.pem'] }) },
          { additionalProperties: false },
        ),
      ],
      {
        description:
          'TLS: `verify` checks certificate and host name (the default, except on loopback and unix sockets, which are plain); `{ca: file}` verifies against that authority, relative to this file; `off` sends everything in clear.',
        examples: ['verify'],
      },
    ),
  ),
  secret: stateSecret,
};
const serverWords = {
  additionalProperties: false,
  oneOf: [{ required: ['url'] }, { required: ['host'] }],
  description: 'State on a server, shared by several instances.',
};

export const StatePostgresSchema = Type.Object(
  {
    client: oneOf(['postgres'], 'Where state is kept. postgres: a server (12 or newer), for several instances.'),
    ...server,
    schema: Type.String({
      pattern: '^[a-z_][a-z0-9_]{0,62}$',
      title: 'a name of lower-case letters, digits and _',
      description: 'Schema of the state tables. Made when it is not there and the user may.',
      default: 'capi_sync',
    }),
  },
  serverWords,
);

export const StateMysqlSchema = Type.Object(
  {
    client: oneOf(
      ['mysql'],
      'Where state is kept. mysql: a MySQL (8 or newer) or MariaDB (10.5 or newer) server, for several instances.',
    ),
    ...server,
    table_prefix: Type.String({
      pattern: '^[a-z0-9_]{0,40}$',
      title: 'at most 40 lower-case letters, digits and _',
      description: 'What the names of the state tables begin with, so that they may share a database with others.',
      default: 'capi_sync_',
    }),
  },
  serverWords,
);

export const DestinationSchema = closed(
  {
    dataset_id: Type.String({
      pattern: '^\\d{5,20}$',
      title: 'a dataset id (digits only)',
      description: 'Id of the dataset, which is the same thing as the pixel id.',
      examples: ['${META_DATASET_ID}'],
    }),
    access_token: Type.String({
      pattern: '^\\S+$',
      title: 'an access token, without blanks',
      description:
        'Token of a system user, or one made in Events Manager. By reference only: a literal token is an error.',
      examples: ['${META_ACCESS_TOKEN}', '${file:/run/secrets/meta_token}'],
    }),
    api_version: Type.String({
      pattern: '^v\\d+\\.\\d+$',
      title: 'a Graph API version',
      description: 'Version of the Graph API. Each lives at least two years.',
      default: DEFAULT_API_VERSION,
      examples: [DEFAULT_API_VERSION],
    }),
    pixel_setup: Type.Optional(
      oneOf(
        ['redundant', 'split', 'server_only'],
        'How this server shares work with the Meta Pixel: both send the same events (redundant), each its own (split), or there is no Pixel. The linter holds mappings to it.',
        { examples: ['redundant'] },
      ),
    ),
    test_event_code: Type.Optional(
      text('Shows the events under Test Events. They still count: this is no sandbox.', { examples: ['TEST123'] }),
    ),
    partner_agent: Type.Optional(
      Type.String({
        pattern: '^(?=(?:[^A-Za-z]*[A-Za-z]){2})[^\\s]{1,22}$',
        title: 'a partner name of fewer than 23 characters, without blanks, with at least two letters',
        description: 'Name of the platform that sends for its clients, as agreed with Meta.',
        examples: ['my-platform'],
      }),
    ),
    base_url: Type.Optional(
      Type.String({
        pattern:
          '^(?:https://[A-Za-z0-9.-]+|http://(?:localhost|127(?:\\.\\d{1,3}){3}|\\[::1\\]))(?::\\d{1,5})?(?:/[^\\s?#]*)?$',
        title: 'an https URL (plain http only on loopback)',
        description: 'Another address of the API, such as the sandbox. The token goes there.',
        examples: ['http://127.0.0.1:8787'],
      }),
    ),
    concurrency: Type.Integer({
      minimum: 1,
      maximum: 16,
      default: 4,
      title: 'a whole number from 1 to 16',
      description: 'Batches in flight at once.',
    }),
    timeout: duration('How long one request may take.', { default: '30s' }),
    rate_limit: Type.Optional(
      closed(
        {
          requests_per_second: Type.Optional(
            Type.Number({ exclusiveMinimum: 0, description: 'Most requests in a second.', examples: [10] }),
          ),
          events_per_second: Type.Optional(
            Type.Number({ exclusiveMinimum: 0, description: 'Most events in a second.', examples: [5000] }),
          ),
        },
        { description: 'Upper limits of our own; throttling by Meta is obeyed anyway.' },
      ),
    ),
  },
  { description: 'A dataset of Meta.' },
);

/** Of connections and state only the choice is checked here; the options follow by the schema of what was chosen. */
export const ConfigSchema = closed(
  {
    version: Type.Literal(1, { description: 'Version of this format.' }),
    state: Type.Object(
      { client: oneOf(['sqlite', 'postgres', 'mysql'], 'Where state is kept.', { default: 'sqlite' }) },
      { default: {}, description: 'Where checkpoints, the dedup ledger, dead letters and the run history are kept.' },
    ),
    connections: named(
      Type.Object({ connector: text('Kind of source: one of `capi-sync connectors`.', { examples: ['postgres'] }) }),
      'Sources that mappings read from, by name.',
    ),
    destinations: named(DestinationSchema, 'Datasets that mappings send to, by name.'),
    mappings: Type.Array(text('A file or a pattern, relative to this file.', { examples: ['mappings/*.yaml'] }), {
      minItems: 1,
      default: ['mappings/*.yaml'],
      description: 'The mapping files.',
    }),
    server: closed(
      {
        listen: Type.String({
          pattern: '^(?:\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+):\\d{1,5}$',
          title: 'an address and a port',
          description: 'Address of the HTTP server of `capi-sync start`. Other than loopback needs a token.',
          default: '127.0.0.1:8080',
          examples: ['127.0.0.1:8080'],
        }),
        token: Type.Optional(
          Type.String({
            pattern: '^[\\x21-\\x7e]{16,}$',
            title: 'a token of 16 characters or more, without blanks',
            description:
              'What a caller must show for actions, and on another address than loopback for reading too. By reference.',
            examples: ['${CAPI_SYNC_TOKEN}'],
          }),
        ),
        allowed_hosts: Type.Optional(
          Type.Array(
            Type.String({
              pattern: '^(?:\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+)(?::\\d{1,5})?$',
              title: 'a host name, with or without a port',
              examples: ['capi-sync.internal'],
            }),
            {
              description:
                'Names by which the server is reached, beside the address it listens on and loopback. A request that names another host is refused.',
            },
          ),
        ),
        hooks: Type.Optional(HooksSchema),
      },
      { default: {}, description: 'The HTTP server of `capi-sync start`.' },
    ),
    scheduler: closed(
      {
        concurrency: Type.Integer({
          minimum: 1,
          maximum: 64,
          default: 4,
          title: 'a whole number from 1 to 64',
          description: 'Mappings that run at the same time in one process.',
        }),
        grace: duration(
          'How long a stop waits for what is under way before it is cut. Less than what the platform waits (Kubernetes: terminationGracePeriodSeconds).',
          { default: '25s', examples: ['25s'] },
        ),
      },
      { default: {}, description: 'How `capi-sync start` runs mappings.' },
    ),
    alerts: Type.Optional(AlertsSchema),
    traces: Type.Optional(TracesSchema),
  },
  {
    title: 'capi-sync configuration',
    description:
      'Where things are: state, sources, datasets. Secrets by reference: ${NAME}, ${NAME:-default}, ${file:/path}.',
  },
);

export type ConfigFile = Static<typeof ConfigSchema>;
type WithoutSecret<State> = State extends unknown ? Omit<State, 'secret'> : never;
export type StateServer = WithoutSecret<Static<typeof StatePostgresSchema> | Static<typeof StateMysqlSchema>>;
export type StateConfig = WithoutSecret<Static<typeof StateSqliteSchema>> | StateServer;

/** A destination with its defaults; the token does not print. */
export type Destination = Omit<Static<typeof DestinationSchema>, 'access_token'> & { readonly access_token: Secret };

/** The options of a connection are those of its connector, defaults filled in. */
export type Connection = { readonly connector: string } & Readonly<Record<string, unknown>>;

/** config.yaml, checked, with defaults and values from outside in place. */
export type Config = {
  readonly version: 1;
  readonly state: StateConfig;
  /** `state.secret`: the key of row hashes. */
  readonly stateSecret?: Secret;
  readonly connections: Readonly<Record<string, Connection>>;
  readonly destinations: Readonly<Record<string, Destination>>;
  readonly mappings: readonly string[];
  readonly server: {
    readonly listen: string;
    readonly token?: Secret;
    readonly allowed_hosts?: readonly string[];
    readonly hooks?: Readonly<Record<string, Hook>>;
  };
  readonly scheduler: { readonly concurrency: number; readonly grace: string };
  readonly alerts?: AlertsConfig;
  /** Absent: nothing is traced. By `traces`, or by the environment alone. */
  readonly traces?: TraceSettings;
};
