/** Tables of Meta's parameters, from the tables that the schema, the checks and the transform are made of. */
import { WEAK_COMBINATIONS } from '../../src/meta/check-match-keys.ts';
import {
  ACTION_SOURCES,
  LDU_STATES,
  MESSAGING_CHANNELS,
  MESSAGING_EVENTS,
  type NormaliseKind,
  PARAMETERS,
  type Parameter,
  STANDARD_EVENTS,
  USER_DATA,
} from '../../src/meta/parameters.ts';
import { DROP_REASONS } from '../../src/transform/drop.ts';
import { code, listed, table, written } from './markdown.ts';

/** How each kind of value is brought into its normal form, in one or two sentences. The functions are in src/transform. */
const NORMAL_FORMS: Readonly<Record<NormaliseKind, string>> = {
  email: 'Trimmed, invisible characters removed, lower case. Dots and plus tags stay. What is no address is dropped.',
  phone:
    'Digits with the calling code, without leading zeros. `+` and `00` mark an international number; any other takes the country of the row (`user_data.country`, else `defaults.country`). The number must have a length that its country has. Extensions are cut; letters are refused. `(0)`, full-width and Arabic digits are understood, and so is a mobile number that has its calling code but lost its plus.',
  name: 'Lower case, NFC, without punctuation, spaces and symbols. Accents and letters of every script stay. Titles in front go: Mr, Mrs, Ms, Mx, Miss, Dr (also Dr. med.), Prof., Rev., Sir, Madam, Herr, Frau, Monsieur, Madame, Mlle, Señor, Señora, Dott., Sig., Senhor, Dhr., Mevr., господин and the like, if a word is left; Don, Lady, Sri, Pan and initials stay, because people are called so. Suffixes (Jr.) stay. A full name can be [split](mapping.md#full-names).',
  'birth-date':
    'YYYYMMDD, from 1900 to today. ISO dates and unambiguous ones are read; where day and month could be swapped, name the format: `db: { value: =born, format: DD.MM.YYYY }`. English names of months (16-FEB-1997), 1997年2月16日, full-width and Arabic digits are understood.',
  gender: '`f` or `m`, from the words of the common languages. Everything else is dropped; digits are never guessed.',
  city: "Like a name, but titles stay (Dr. Phillips). With `letters: ascii` letters beyond a to z go as well, as Meta's Parameter Builder does: see [cities](mapping.md#cities).",
  state:
    'Lower case, without punctuation and spaces. In the USA the two-letter code, from names and short forms (`Calif.`); Canadian names become codes too; both also where no country is known. Elsewhere Meta asks for what is written: `New South Wales` is `newsouthwales`, `NSW` is `nsw`. `US-CA` becomes `ca`.',
  postcode:
    "Lower case, letters and digits only; in the USA the first five digits. A country's sign before the digits (`D-10115`) is removed. Where the country has one form of postcode, one of another form is dropped: mostly a zero that a spreadsheet ate.",
  country: 'ISO 3166-1 alpha-2, lower case, from alpha-2, alpha-3 or a name in some 35 languages.',
  'external-id': 'Trimmed, otherwise as it is.',
  'ip-address':
    'A public IPv4 or IPv6 address, as it is; `::ffff:81.2.69.142` is `81.2.69.142`. Addresses of private and reserved networks are dropped.',
  'user-agent': 'Trimmed, otherwise as it is; at most 2,048 characters.',
  'click-id':
    'A whole `fbc` as it is, or built by `fbc: { fbclid: =fbclid, at: =clicked_at }` as `fb.1.<milliseconds>.<fbclid>`. Case counts.',
  'browser-id': 'The `_fbp` cookie as it is.',
  'lead-id': '15 to 17 digits as text; `l:` in front of them is removed.',
  'advertiser-id': 'A UUID in the case it came in; one of zeros only is dropped.',
  'plain-id': 'Trimmed, otherwise as it is; at most 512 characters. A SHA-256 is dropped: these keys are never hashed.',
};

const TYPES: Readonly<Record<Parameter['type'], string>> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'true or false',
  flag: '0 or 1',
  'unix-time': 'time',
  'string-list': 'list of texts',
  'number-list': 'list of numbers',
  object: 'map',
  'object-list': 'list of maps',
};

const describe = ({ description, values, example }: Parameter): string =>
  `${description}${values ? ` One of ${listed(values)}.` : ''}${
    typeof example === 'object' || values ? '' : ` Example: ${code(written(example))}.`
  }`;

export const parameterTable = (path: Exclude<keyof typeof PARAMETERS, 'user_data'>): string =>
  table(
    ['key', 'type', 'required', 'what it is'],
    Object.entries<Parameter>(PARAMETERS[path]).map(([key, row]) => [
      code(key),
      TYPES[row.type],
      row.required ? 'yes' : '',
      describe(row),
    ]),
  );

export const userDataTable = (): string =>
  table(
    ['key', 'leaves as', 'several values', 'normal form', 'what it is'],
    Object.entries(USER_DATA).map(([key, row]) => [
      code(key),
      row.hashed ? 'SHA-256' : 'plain text',
      row.list ? 'yes' : 'no',
      `[${row.normalise}](#normal-forms)`,
      describe(row),
    ]),
  );

export const normalForms = (): string =>
  table(
    ['normal form', 'keys', 'rule'],
    Object.entries(NORMAL_FORMS).map(([kind, rule]) => [
      kind,
      listed(Object.entries(USER_DATA).flatMap(([key, row]) => (row.normalise === kind ? [key] : []))),
      rule,
    ]),
  );

export const dropReasons = (): string =>
  table(
    ['reason', 'what was wrong with the value', 'cure'],
    Object.entries(DROP_REASONS).map(([reason, { meaning, cure }]) => [code(reason), meaning, cure]),
  );

export const actionSources = (): string =>
  table(
    ['`action_source`', 'where it happened, and what it asks for'],
    Object.entries(ACTION_SOURCES).map(([name, meaning]) => [code(name), meaning]),
  );

export const messagingChannels = (): string =>
  table(
    ['`messaging_channel`', 'ids that `user_data` must hold'],
    Object.entries(MESSAGING_CHANNELS).map(([channel, needs]) => [
      code(channel),
      needs.map((choice) => choice.map((key) => code(key)).join(' or ')).join(', '),
    ]),
  );

export const messagingEvents = (): string => `${listed(MESSAGING_EVENTS)}.`;
export const standardEvents = (): string => `${listed(STANDARD_EVENTS)}.`;
export const weakCombinations = (): string => WEAK_COMBINATIONS.map((keys) => `- ${listed(keys)}`).join('\n');
export const lduStates = (): string =>
  `${Object.entries(LDU_STATES)
    .map(([state, id]) => `${state.toUpperCase()} ${id}`)
    .join(', ')}.`;
