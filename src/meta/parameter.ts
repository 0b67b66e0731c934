/** The shape of one row in the tables of parameters. Schema, docs, hints and checks are all made from these rows. */

/** `object` and `object-list` are described by a table of their own, or are free-form. */
export type JsonType =
  | 'string'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'string-list'
  | 'integer-list'
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
  /** The only values Meta lists. */
  readonly values?: readonly string[];
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
  'string-list': readonly string[];
  'integer-list': readonly number[];
  object: object;
  'object-list': readonly object[];
}[P['type']];
