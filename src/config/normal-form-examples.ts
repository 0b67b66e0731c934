import type { UserDataKey } from '../meta/parameters.ts';

/** What a test of a mapping expects of user_data, as an editor shows it: the normal forms of the examples of `src/meta/user-data-parameters.ts`. */
export const NORMAL_FORM_EXAMPLES: Readonly<Partial<Record<UserDataKey, string>>> = {
  em: 'john_smith@gmail.com',
  ph: '16505551212',
  fn: 'valéry',
  ln: 'oconnor',
  db: '19970216',
  ge: 'f',
  ct: 'newyork',
  st: 'ca',
  zp: '94035',
  country: 'us',
  external_id: 'customer-4711',
  madid: '38400000-8cf0-11bd-b23e-10b96e40000d',
};
