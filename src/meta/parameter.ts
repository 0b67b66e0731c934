/** The shape of one row in the tables of parameters. Schema, docs, hints and checks are all made from these rows. */

/** `object` and `object-list` are described by a table of their own, or are free-form. */
export type JsonType =
  | 'string'
  | 'number'
  | 'integer'
  | 'boolean'
  /** 0 or 1; true and false are taken too. */
  | 'flag'
  /** Whole seconds since 1970; mappings may give a timestamp. */
  | 'unix-time'
  | 'string-list'
  | 'number-list'
  | 'object'
  | 'object-list';

export type Parameter = {
  readonly type: JsonType;
  /** One or two sentences with Meta's rule, for docs and editor hints. */
  readonly description: string;
  /** As written in a mapping, before any normalisation. */
  readonly example: unknown;
  /** Meta refuses its parent without it, whatever else is there. */
  readonly required?: true;
  /** The values Meta lists: a constant of a mapping has to be one of them. */
  readonly values?: readonly string[];
  /** Meta's list is closed: an event with any other value is rejected. */
  readonly strict?: true;
  /** An amount in the event's currency: a mapping may give it in minor units (cents). */
  readonly money?: true;
  /** The list has exactly so many entries: what is unknown is an empty text, not left out. */
  readonly length?: number;
  /** An empty list says something of its own, and is sent. */
  readonly keepsEmpty?: true;
};

/** How the text of a user_data key is brought into its normal form; one function each in src/transform. */
export type NormaliseKind =
  | 'email'
  | 'phone'
  | 'name'
  | 'birth-date'
  | 'gender'
  | 'city'
  | 'state'
  | 'postcode'
  | 'country'
  | 'external-id'
  | 'ip-address'
  | 'user-agent'
  | 'click-id'
  | 'browser-id'
  | 'lead-id'
  | 'advertiser-id'
  | 'plain-id';

export type UserDataParameter = Parameter & {
  /** SHA-256 of the normal form is sent; otherwise the normal form itself. */
  readonly hashed: boolean;
  /** Several values may be sent. */
  readonly list: boolean;
  readonly normalise: NormaliseKind;
};

/** The TypeScript type of a value, from the type its row names. */
export type ValueOf<P extends { readonly type: JsonType }> = {
  string: string;
  number: number;
  integer: number;
  boolean: boolean;
  flag: number | boolean;
  'unix-time': number;
  'string-list': readonly string[];
  'number-list': readonly number[];
  object: object;
  'object-list': readonly object[];
}[P['type']];
