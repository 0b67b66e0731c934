import { type Static, Type } from 'typebox';

export const options = Type.Object(
  {
    filename: Type.String({
      minLength: 1,
      description: 'The database file, relative to the config file. It is only read.',
      examples: ['shop.db'],
    }),
  },
  { additionalProperties: false, description: 'An SQLite file.' },
);

export type SqliteOptions = Static<typeof options>;
