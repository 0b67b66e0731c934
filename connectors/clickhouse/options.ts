import { type Static, Type } from 'typebox';
import { serverOptions } from '../sql/server-options.ts';

const { pool: _pool, ...common } = serverOptions; // The client opens a connection for each question that is under way, at most two.

export const options = Type.Object(
  {
    ...common,
    url: Type.Optional(
      Type.String({
        description:
          'Connection URL: https://user:password@host:8443/database; clickhouse:// is the same, and http:// is in clear. Single fields below win over it.',
        examples: ['${CLICKHOUSE_URL}'],
      }),
    ),
    port: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65_535,
        description: 'Port of the HTTP interface. Default: 8443, or 8123 without TLS.',
        examples: [8443],
      }),
    ),
    final: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Read every table as after its merges (FINAL): of a ReplacingMergeTree the newest version of each row, once. Costs a merge with every query.',
      }),
    ),
  },
  { additionalProperties: false, description: 'A ClickHouse server or ClickHouse Cloud (22.8 or newer).' },
);

export type ClickhouseOptions = Static<typeof options>;
