import { type Static, Type } from 'typebox';

const FileTable = Type.Object(
  {
    path: Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })], {
      description:
        'A file or a pattern (`*`, `**`, `?`, `[ab]`), or several; relative to the config file, or a URL such as s3://bucket/orders/*.parquet.',
      examples: ['exports/orders-*.parquet'],
    }),
    format: Type.Optional(
      Type.Union([Type.Literal('parquet'), Type.Literal('csv'), Type.Literal('json')], {
        description: 'Left out: by the ending of the path. json: an object a line, or an array of objects.',
      }),
    ),
    delimiter: Type.Optional(
      Type.String({ minLength: 1, maxLength: 4, description: 'Of CSV; left out: found out.', examples: [';'] }),
    ),
    header: Type.Optional(
      Type.Boolean({ description: 'Whether the first line of a CSV file names the columns. Left out: it does.' }),
    ),
    types: Type.Optional(
      Type.Record(Type.String(), Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_ (),]*$' }), {
        description:
          'DuckDB types of columns by name, for CSV and JSON. Every other column of CSV is text, and every text of JSON stays text.',
        examples: [{ updated_at: 'TIMESTAMPTZ' }],
      }),
    ),
  },
  { additionalProperties: false },
);

export const options = Type.Object(
  {
    database: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'A DuckDB database file, relative to the config file. It is only read, and held only while a run reads it.',
        examples: ['warehouse.duckdb'],
      }),
    ),
    files: Type.Optional(
      Type.Union(
        [
          Type.String({ minLength: 1 }),
          Type.Record(
            Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }),
            Type.Union([Type.String({ minLength: 1 }), FileTable]),
            {
              minProperties: 1,
            },
          ),
        ],
        {
          description:
            'Parquet, CSV and JSON files as tables, by the name that `source.table` takes: a path or pattern, or an object that says more. One path alone makes one table, named after it.',
          examples: [{ orders: 'exports/orders-*.parquet' }],
        },
      ),
    ),
    settle_seconds: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 86_400,
        default: 30,
        description:
          'A file that was changed less than so many seconds ago may still be being written: it waits for the next run.',
      }),
    ),
    object_store: Type.Optional(
      Type.Object(
        {
          type: Type.Union([Type.Literal('s3'), Type.Literal('gcs'), Type.Literal('r2')], {
            description: 'Whose store it is; s3 also for others that speak S3.',
            examples: ['s3'],
          }),
          key_id: Type.Optional(Type.String({ description: 'Of the access key.', examples: ['${STORE_KEY_ID}'] })),
          secret: Type.Optional(
            Type.String({
              description: 'Of the access key; better a reference than the text itself.',
              examples: ['${STORE_SECRET}'],
            }),
          ),
          session_token: Type.Optional(
            Type.String({ description: 'Of a key that is lent for a time.', examples: ['${STORE_TOKEN}'] }),
          ),
          region: Type.Optional(Type.String({ description: 'Where the bucket is.', examples: ['eu-central-1'] })),
          endpoint: Type.Optional(
            Type.String({
              description: 'Host and port of another store that speaks S3.',
              examples: ['minio.internal:9000'],
            }),
          ),
          account_id: Type.Optional(Type.String({ description: 'Of r2.', examples: ['4e2b9d'] })),
          url_style: Type.Optional(
            Type.Union([Type.Literal('vhost'), Type.Literal('path')], {
              description: 'Whether the bucket stands in the host or in the path.',
              examples: ['path'],
            }),
          ),
          use_ssl: Type.Optional(Type.Boolean({ description: 'TLS.', default: true })),
          credential_chain: Type.Optional(
            Type.Boolean({
              description:
                'Takes the credentials of the machine (environment, profile, instance) instead of a key; needs the extension aws.',
            }),
          ),
        },
        {
          additionalProperties: false,
          description: 'Access to s3://, gcs:// and r2:// paths, by the extension httpfs.',
        },
      ),
    ),
    extension_directory: Type.Optional(
      Type.String({
        description:
          'Where the extensions of DuckDB lie, relative to the config file. Left out: ~/.duckdb/extensions. Nothing is downloaded by a run.',
        examples: ['/opt/duckdb/extensions'],
      }),
    ),
    memory_limit: Type.Optional(
      Type.String({
        pattern: '^[1-9][0-9]*(MB|GB|MiB|GiB)$',
        default: '512MB',
        description: 'What DuckDB may hold in memory; a larger sort goes to the temporary folder.',
      }),
    ),
    threads: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 256, default: 2, description: 'Threads in which DuckDB works.' }),
    ),
    temp_directory: Type.Optional(
      Type.String({
        description:
          'Where a sort goes that is larger than the memory, relative to the config file. Left out: a folder of its own in the temporary folder of the system, removed at the end.',
        examples: ['/var/tmp'],
      }),
    ),
  },
  { additionalProperties: false, description: 'A DuckDB database file, or Parquet, CSV and JSON files.' },
);

export type DuckdbOptions = Static<typeof options>;
export type FileTableOptions = Static<typeof FileTable>;
