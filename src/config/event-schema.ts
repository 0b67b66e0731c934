/** The `event` part of a mapping, made from Meta's tables of parameters: a new parameter is a row there and nothing here. */
import Type, { type TSchema } from 'typebox';
import {
  CUSTOM_DATA,
  type CustomDataKey,
  EVENT,
  type EventKey,
  NESTED_TABLES,
  type Parameter,
  USER_DATA,
  type UserDataKey,
  type UserDataParameter,
} from '../meta/parameters.ts';
import { NORMAL_FORM_EXAMPLES } from './normal-form-examples.ts';
import { EXPRESSION_PATTERN, scalar } from './value-schemas.ts';

/** A constant, an expression (a text that starts with `=`), or lists and maps of these. */
export type Template = string | number | boolean | null | readonly Template[] | { readonly [key: string]: Template };

export type Scalar = string | number;
export type QualifiedValue =
  | { readonly value: Scalar; readonly hashed?: true; readonly format?: string; readonly letters?: 'ascii' }
  | { readonly full_name: Scalar };
/** `em: =email`, `em: [=a, =b]`, `em: {value: =em_sha256, hashed: true}`, `fn: {full_name: =name}`, `fbc: {fbclid: =fbclid, at: =clicked_at}`. */
export type UserDataValue =
  | Scalar
  | QualifiedValue
  | readonly (Scalar | QualifiedValue)[]
  | { readonly fbclid: Scalar; readonly at: Scalar };

export type EventMapping = {
  readonly event_name: string;
  readonly event_time: string | number;
  readonly action_source: string;
  readonly user_data: { readonly [Key in UserDataKey]?: UserDataValue };
  readonly custom_data?: { readonly [Key in CustomDataKey]?: Template } & {
    readonly custom_properties?: { readonly [key: string]: Template };
  };
} & {
  readonly [Key in Exclude<
    EventKey,
    'event_name' | 'event_time' | 'action_source' | 'user_data' | 'custom_data'
  >]?: Template;
};

type Json = Record<string, unknown>;
type Rows = Readonly<Record<string, Parameter>>;

const EXPRESSION: Json = { type: 'string', pattern: EXPRESSION_PATTERN, title: 'an expression' };
const SCALAR: Json = { ...scalar() };
const NUMBER: Json = { type: 'number' };
const OPEN_MAP: Json = { type: 'object' };

const either = (...schemas: Json[]): Json => ({ anyOf: schemas });
const closedMap = (properties: Json, required: readonly string[] = []): Json => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

/** What may stand for a parameter in a mapping: a constant of its type, or an expression. */
function valueSchema(row: Parameter, key: string): Json {
  const words = row.values ? { enum: row.values } : undefined;
  switch (row.type) {
    case 'string':
      return words ? either({ type: 'string', ...words }, EXPRESSION) : { ...SCALAR };
    case 'number':
      return either(NUMBER, EXPRESSION, amountSchema(row));
    case 'integer':
    case 'unix-time':
      return either({ type: 'integer' }, EXPRESSION);
    case 'flag':
      return either({ enum: [0, 1, true, false] }, EXPRESSION);
    case 'boolean':
      return either({ type: 'boolean' }, EXPRESSION);
    case 'string-list':
      return either(EXPRESSION, {
        type: 'array',
        items: words ? either({ type: 'string', ...words }, EXPRESSION) : SCALAR,
      });
    case 'number-list':
      return either(EXPRESSION, { type: 'array', items: either(NUMBER, EXPRESSION) });
    case 'object-list':
      return either(EXPRESSION, {
        type: 'array',
        items: key in NESTED_TABLES ? tableSchema(NESTED_TABLES[key] ?? {}) : OPEN_MAP,
      });
    case 'object':
      return key in NESTED_TABLES ? tableSchema(NESTED_TABLES[key] ?? {}) : either(EXPRESSION, OPEN_MAP);
  }
}

/** An amount that is not written as databases do: what is declared of it, and never guessed. */
function amountSchema({ money }: Parameter): Json {
  const decimal: Json = {
    enum: ['comma', 'point'],
    description: 'How a text parts the decimals: comma is 1.234,50 and point is 1,234.50.',
  };
  const unit: Json = { const: 'minor', description: 'Minor units of the currency: cents, whole yen, fils.' };
  const value: Json = {
    ...either(NUMBER, EXPRESSION),
    description: 'The amount: a number or an =expression.',
    examples: ['=total'],
  };
  return closedMap({ value, decimal, ...(money ? { unit } : {}) }, ['value']);
}

function described(row: Parameter, schema: Json): Json {
  return { ...schema, description: row.description, examples: [row.example] };
}

function tableSchema(rows: Rows): Json {
  const properties = Object.entries(rows).map(([key, row]) => [key, described(row, valueSchema(row, key))]);
  const required = Object.keys(rows).filter((key) => rows[key]?.required);
  return closedMap(Object.fromEntries(properties), required);
}

/** What fbc is built from when there is no cookie. */
const CLICK_PARTS: Json = {
  fbclid: { ...SCALAR, description: 'The fbclid of the URL, as it is: case counts.', examples: ['=fbclid'] },
  at: { ...SCALAR, description: 'When the fbclid was first seen.', examples: ['=clicked_at'] },
};

/** First and last name in one column: the key says which part is taken. */
const FULL_NAME: Json = closedMap(
  {
    full_name: {
      ...SCALAR,
      description: 'First and last name in one text; this part of it is sent where its form tells which it is.',
      examples: ['=customer_name'],
    },
  },
  ['full_name'],
);

/** YYYY, MM or M, DD or D, each once, in any order, with anything but letters and digits around; as src/transform/date-format.ts reads them. */
const DATE_FORMAT = ((): string => {
  const [year, month, day, gap] = ['YYYY', 'MM?', 'DD?', '[^A-Za-z0-9]*'];
  const orders = [
    [year, month, day],
    [year, day, month],
    [month, day, year],
    [day, month, year],
    [month, year, day],
    [day, year, month],
  ];
  return `^${gap}(?:${orders.map((order) => order.join(gap)).join('|')})${gap}$`;
})();

/** What may stand beside `value`, for the keys that it means something for. */
const BESIDE_VALUE: Readonly<Partial<Record<UserDataKey, Json>>> = {
  db: {
    format: {
      type: 'string',
      pattern: DATE_FORMAT,
      title: 'a date format of YYYY, MM and DD',
      description: 'How a date is written, such as DD/MM/YYYY.',
      examples: ['DD.MM.YYYY'],
    },
  },
  ct: {
    letters: {
      const: 'ascii',
      description:
        "Letters beyond a to z are removed, as Meta's Parameter Builder does: zrich. For a list, beside the value itself.",
    },
  },
};

/** Hashed keys take one value or several, each of them plain or with `hashed` or what its key allows beside it. */
function userDataValueSchema(key: string, row: UserDataParameter): Json {
  if (key === 'fbc') return either(SCALAR, closedMap(CLICK_PARTS, Object.keys(CLICK_PARTS)));
  if (!row.hashed) return { ...SCALAR };
  const own: Json = {
    value: { ...SCALAR, description: 'The value: a constant or an =expression.', examples: ['=email'] },
    hashed: { const: true, description: 'The value is a SHA-256 already and is passed as it is.' },
    ...BESIDE_VALUE[key as UserDataKey],
  };
  const qualified = closedMap(own, ['value']);
  const maps =
    row.normalise === 'name'
      ? [{ ...qualified, 'x-unknown-key': 'there are value and hashed, or full_name alone' }, FULL_NAME]
      : [qualified];
  const list: Json = { type: 'array', minItems: 1, items: either(SCALAR, ...maps) };
  return row.list ? either(SCALAR, list, ...maps) : either(SCALAR, ...maps);
}

/** What people call match keys, where no typing slip leads to Meta's name. */
const OTHER_NAMES: Readonly<Record<string, UserDataKey>> = {
  email: 'em',
  emails: 'em',
  email_address: 'em',
  phone: 'ph',
  phone_number: 'ph',
  first_name: 'fn',
  last_name: 'ln',
  surname: 'ln',
  gender: 'ge',
  birthday: 'db',
  date_of_birth: 'db',
  dob: 'db',
  city: 'ct',
  state: 'st',
  zip: 'zp',
  zip_code: 'zp',
  postcode: 'zp',
  postal_code: 'zp',
  customer_id: 'external_id',
  user_id: 'external_id',
  ip: 'client_ip_address',
  ip_address: 'client_ip_address',
  user_agent: 'client_user_agent',
  fbclid: 'fbc',
};

function userDataSchema(): Json {
  const properties = Object.entries(USER_DATA).map(([key, row]) => [
    key,
    described(row, userDataValueSchema(key, row)),
  ]);
  return { ...closedMap(Object.fromEntries(properties)), minProperties: 1, 'x-other-names': OTHER_NAMES };
}

function customDataSchema(): Json {
  const { properties, ...rest } = tableSchema(CUSTOM_DATA);
  const custom_properties = {
    ...OPEN_MAP,
    description: 'Properties of your own: any key that Meta does not name. No personal data.',
    examples: [{ margin: '=margin' }],
  };
  return {
    ...rest,
    properties: { ...(properties as Json), custom_properties },
    'x-unknown-key': 'a property of your own goes under custom_properties',
  };
}

function eventSchema(): Json {
  const { properties, ...rest } = tableSchema(EVENT);
  const own: Json = {
    ...(properties as Json),
    event_name: {
      ...(properties as Record<string, Json>).event_name,
      type: 'string',
      minLength: 1,
      title: 'a name or an expression',
    },
    user_data: described(EVENT.user_data, userDataSchema()),
    custom_data: described(EVENT.custom_data, customDataSchema()),
  };
  return { ...rest, properties: own, description: 'The event that a row becomes.' };
}

/** What a test of a mapping expects: any part of the event, in normal form. */
function expectedEventSchema(): Json {
  // null: the key is not there.
  const expected = { type: ['string', 'number', 'boolean', 'array', 'null'] };
  const userData = {
    ...closedMap(
      Object.fromEntries(
        Object.entries(USER_DATA).map(([key, { description, example }]) => [
          key,
          { ...expected, description, examples: [NORMAL_FORM_EXAMPLES[key as UserDataKey] ?? example] },
        ]),
      ),
    ),
    'x-other-names': OTHER_NAMES,
  };
  const properties = Object.fromEntries(
    Object.entries(EVENT).map(([key, { description, example }]) => [key, { description, examples: [example] }]),
  );
  return {
    ...closedMap({
      ...properties,
      user_data: described(EVENT.user_data, userData),
      custom_data: described(EVENT.custom_data, OPEN_MAP),
    }),
    description: 'What must be in the event. user_data is written in normal form and compared after hashing.',
  };
}

export type ExpectedEvent = { readonly [Key in EventKey]?: unknown };

export const EventSchema = Type.Unsafe<EventMapping>(eventSchema() as TSchema);
export const ExpectedEventSchema = Type.Unsafe<ExpectedEvent>(expectedEventSchema() as TSchema);
