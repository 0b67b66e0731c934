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
          'How many seconds the reading stays behind an open transaction of the server, which may yet commit rows with an earlier time. Needs the privilege PROCESS; without it only the lag applies. 0 switches it off. Default 900.',
      }),
    ),
  },
  { additionalProperties: false, description: 'A MySQL (8 or newer) or MariaDB (10.5 or newer) database.' },
);

export type MysqlOptions = Static<typeof options>;
