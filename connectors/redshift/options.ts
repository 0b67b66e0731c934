import { type Static, Type } from 'typebox';
import { serverOptions } from '../sql/server-options.ts';

const { pool: _pool, statement_timeout: _timeout, ...common } = serverOptions; // One connection for questions and one for the rows.

export const options = Type.Object(
  {
    ...common,
    port: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 65_535, description: 'TCP port. Default 5439.', examples: [5439] }),
    ),
    statement_timeout: Type.Optional(
      Type.Number({
        minimum: 1,
        default: 900,
        description: 'Seconds after which the cluster ends a query, waiting in its queue included. Default 900.',
      }),
    ),
    query_group: Type.Optional(
      Type.String({
        default: 'capi-sync',
        pattern: '^[A-Za-z0-9_-]{1,64}$',
        description: 'Label by which workload management can put its queries into a queue. Default "capi-sync".',
        examples: ['capi-sync'],
      }),
    ),
  },
  { additionalProperties: false, description: 'An Amazon Redshift cluster or Serverless workgroup.' },
);

export type RedshiftOptions = Static<typeof options>;
