import { type Static, Type } from 'typebox';
import { serverOptions } from '../sql/server-options.ts';

export const options = Type.Object(serverOptions, {
  additionalProperties: false,
  description: 'A PostgreSQL database (12 or newer).',
});

export type PostgresOptions = Static<typeof options>;
