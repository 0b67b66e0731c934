import { type Static, Type } from 'typebox';
import { serverOptions } from '../sql/server-options.ts';

export const options = Type.Object(serverOptions, {
  additionalProperties: false,
  description: 'A MySQL (8 or newer) or MariaDB (10.5 or newer) database.',
});

export type MysqlOptions = Static<typeof options>;
