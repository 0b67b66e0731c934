/** config.yaml, .env and the example mapping of `init`. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import type { UrlConnection } from '../../connectors/connector.ts';
import { scalar } from './yaml-text.ts';

/** `SHOP_URL`: the variable of one secret option of a connection. */
export const environmentName = (connection: string, option: string): string =>
  `${connection}_${option}`.replaceAll(/[-.]/g, '_').toUpperCase();

const CONNECTOR_COMMENT = '`capi-sync connectors` lists them';

/** The variable that holds the key of row hashes. */
export const STATE_SECRET = 'STATE_SECRET';

export type NewConnection = Pick<UrlConnection, 'options' | 'secrets' | 'name'> & { readonly connector: string };

/** What `init` writes where no database was named. */
export const EXAMPLE_CONNECTION: NewConnection = {
  connector: 'sqlite',
  name: 'shop',
  options: { filename: { value: 'shop.db', comment: 'relative to this file; only read' } },
  secrets: {},
};

/** @param connection its paths relative to the config file */
export const configText = (connection: NewConnection, hasSnapshot = false): string =>
  [
    '# yaml-language-server: $schema=schemas/config.schema.json',
    '# Where things are: connections, datasets, state. What becomes what stands in mappings/*.yaml.',
    '# Secrets are references: ${NAME} comes from the environment or from .env, ${file:/run/secrets/x} from a file.',
    'version: 1',
    '',
    'state: # checkpoints, dedup ledger, dead letters, run history; never contact data',
    '  client: sqlite',
    '  filename: .capi-sync/state.db # relative to this file',
    ...(hasSnapshot
      ? [`  secret: \${${STATE_SECRET}} # key of the hashes that a snapshot keeps of rows; not to be lost`]
      : []),
    '',
    'connections:',
    `  ${connection.name}:`,
    `    connector: ${connection.connector} # ${CONNECTOR_COMMENT}`,
    ...Object.entries(connection.options).map(([option, { value, comment }]) => {
      const written = typeof value === 'string' ? scalar(value) : String(value);
      return `    ${option}: ${written}${comment === undefined ? '' : ` # ${comment}`}`;
    }),
    ...Object.keys(connection.secrets).map(
      (option) => `    ${option}: \${${environmentName(connection.name, option)}}`,
    ),
    ...('url' in connection.secrets ? ['    # tls: verify # the default, except on this machine'] : []),
    '',
    'destinations:',
    '  main:',
    '    dataset_id: ${META_DATASET_ID} # pixel id and dataset id are the same thing',
    '    access_token: ${META_ACCESS_TOKEN} # Events Manager > Settings > Conversions API > Generate access token',
    '    # base_url: http://127.0.0.1:8787 # `capi-sync sandbox`: a local Conversions API, to begin with',
    '    # pixel_setup: redundant # redundant, split or server_only: what `validate` holds mappings to',
    '',
    'mappings: [mappings/*.yaml]',
    '',
  ].join('\n');

/** @param variables names and values beside Meta's: the source's URL, the state's secret */
export const environmentText = (variables: readonly (readonly [string, string])[]): string =>
  [
    '# Read by capi-sync beside config.yaml; what is set in the environment wins. Keep it out of git.',
    '# Placeholders: from Events Manager. Nothing is sent before `capi-sync run`.',
    'META_DATASET_ID=1234567890',
    'META_ACCESS_TOKEN=put-your-token-here',
    ...variables.map(([name, value]) => `${name}=${value}`),
    '',
  ].join('\n');

export const EXAMPLE_MAPPING = `# yaml-language-server: $schema=../schemas/mapping.schema.json
# What becomes what. A text that starts with = is an expression over the row; everything else is a constant.
version: 1
name: example # the key of its checkpoint and ledger: renaming it starts both anew
description: Paid orders become Purchase events

source:
  connection: shop
  table: orders # or  query: |  SELECT ...
  primary_key: id # unique: it tells rows of one cursor value apart
  timezone: UTC # of times that carry no zone
  cursor:
    column: updated_at # grows with every insert and update
    start: 7d # the first run: Meta takes events of the last 7 days (physical_store: 62)

filter: =status == "paid" # other rows are skipped, and counted
# consent:
#   require: =marketing_opt_in == true # who did not agree is never sent

event:
  event_name: Purchase
  event_time: =paid_at # when it happened, not when the row changed
  action_source: system_generated # website, physical_store, phone_call, ...: where it happened
  user_data: # normal form and hash follow from the key; no mapping says sha256
    em: =email
    ph: =phone
    external_id: =customer_id
  custom_data:
    value: =total
    currency: =currency
    order_id: =order_no # two rows of one order are one event

defaults: { country: us } # of phone numbers without a country

tests: # run by \`capi-sync test\`, without a database
  - name: a paid order becomes a Purchase
    row: { id: 7, status: paid, email: " Ada@Example.com ", total: "19.90", currency: usd, order_no: A-7, paid_at: "2026-11-20 10:00:00" }
    event:
      event_name: Purchase
      user_data: { em: [ada@example.com] } # in normal form; compared after hashing
      custom_data: { value: 19.9, currency: USD, order_id: A-7 }
  - name: an open order is not sent
    row: { id: 8, status: open }
    skipped: filter
`;

/** What must not get into git. */
export const IGNORED = ['.env', '.capi-sync/'] as const;
