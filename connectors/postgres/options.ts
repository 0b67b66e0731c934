import { type Static, Type } from 'typebox';
import { serverOptions } from '../sql/server-options.ts';

export const options = Type.Object(
  {
    ...serverOptions,
    wait_for_transactions: Type.Optional(
      Type.Number({
        minimum: 0,
        default: 900,
        description:
          'How many seconds the reading stays behind an open transaction of the database, which may yet commit rows with an earlier time. Needs the role pg_read_all_stats; without it only the lag applies. 0 switches it off. Default 900.',
      }),
    ),
  },
  { additionalProperties: false, description: 'A PostgreSQL database (12 or newer).' },
);

export type PostgresOptions = Static<typeof options>;
