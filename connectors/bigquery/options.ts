// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import { type Static, Type } from 'typebox';

const duration = (description: string, examples: string[]) =>
  Type.String({ pattern: '^(?:0|[1-9]\\d*)[smhd]$', title: 'a duration', description, examples });

export const options = Type.Object(
  {
    project: Type.String({
      pattern: '^(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,61}[a-z0-9]$',
      title: 'a project id',
      description: 'The project in which queries run, and which is billed for them.',
      examples: ['shop-analytics'],
    }),
    dataset: Type.Optional(
      Type.String({
        pattern: '^(?:[a-z0-9.:-]+\\.)?\\w{1,1024}$',
        title: 'a dataset, or project.dataset',
        description:
          'Where tables are looked for that are named without a dataset; `other-project.dataset` reads from a project that is not billed.',
        examples: ['marts'],
      }),
    ),
    location: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9-]+$',
        title: 'a location such as EU, US or europe-west1',
        description: 'Where the datasets are. Needed outside US and EU where a query names no table.',
        examples: ['EU', 'europe-west1'],
      }),
    ),
    credentials: Type.Optional(
      Type.String({
        minLength: 2,
        description:
          'The JSON text of a service account key or of a workload identity configuration, by reference. Left out: the application default credentials of the machine (workload identity on GKE, Cloud Run or Compute Engine, or GOOGLE_APPLICATION_CREDENTIALS).',
        examples: ['${file:/run/secrets/bigquery.json}'],
      }),
    ),
    maximum_bytes_billed: Type.String({
      pattern: '^(?:none|[1-9]\\d*(?:MiB|GiB|TiB))$',
      title: '`none` or a size such as 500MiB, 10GiB or 1TiB',
      default: '10GiB',
      description:
        'A query that would be billed for more fails before it costs anything. At least 10MiB, which is what the smallest query is billed for.',
      examples: ['10GiB', '500MiB', 'none'],
    }),
    partitions: Type.Optional(
      Type.Unsafe<Readonly<Record<string, PartitionWindow>>>({
        type: 'object',
        minProperties: 1,
        patternProperties: {
          '^.+$': Type.Object(
            {
              before: duration(
                'The partition of a row lies at most so long before its cursor: how old a row may be when it is changed for the last time.',
                ['90d', '2d'],
              ),
              after: Type.Optional(
                duration(
                  'The partition of a row lies at most so long after its cursor: how late a row may arrive. Left out: no bound.',
                  ['2d'],
                ),
              ),
            },
            { additionalProperties: false },
          ),
        },
        additionalProperties: false,
        description:
          'Tables that are partitioned by something else than the cursor, as the mapping names them, and how far partition and cursor of one row lie apart. Only partitions within that are read; a row outside is never seen.',
        examples: [{ orders: { before: '90d' } }],
      }),
    ),
    priority: Type.Enum(['interactive', 'batch'], {
      default: 'interactive',
      description: '`batch`: queries start when there are idle slots.',
    }),
    labels: Type.Optional(
      Type.Unsafe<Readonly<Record<string, string>>>({
        type: 'object',
        minProperties: 1,
        patternProperties: {
          '^[a-z][a-z0-9_-]{0,62}$': Type.String({
            pattern: '^[a-z0-9_-]{0,63}$',
            title: 'a label',
            examples: ['crm'],
          }),
        },
        additionalProperties: false,
        description: 'Labels of every query, for the bill and for INFORMATION_SCHEMA.JOBS.',
        examples: [{ team: 'marketing' }],
      }),
    ),
    statement_timeout: Type.Number({
      minimum: 1,
      default: 300,
      description: 'Seconds after which BigQuery ends a query.',
    }),
    endpoint: Type.Optional(
      Type.String({
        pattern: '^https?://[^\\s/]+/?$',
        title: 'a URL without a path',
        description:
          'Another address of the API, for Private Service Connect or the restricted virtual address. https only, except on loopback.',
        examples: ['https://bigquery-capi.p.googleapis.com'],
      }),
    ),
  },
  { additionalProperties: false, description: 'Google BigQuery.' },
);

/** How far the partition of a row may lie from its cursor. */
export type PartitionWindow = { readonly before: string; readonly after?: string };

export type BigqueryOptions = Partial<Static<typeof options>> & { readonly project: string };

const UNITS: Readonly<Record<string, number>> = { MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** `10GiB` in bytes; undefined: no limit. */
export function bytesOfSize(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d+)(MiB|GiB|TiB)$/.exec(text) ?? [];
  return amount === '' ? undefined : Number(amount) * (UNITS[unit] ?? 1);
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90d` in seconds. */
export function secondsOf(duration: string): number {
  return Number(duration.slice(0, -1)) * (SECONDS[duration.slice(-1)] ?? 1);
}
