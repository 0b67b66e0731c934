/** What `check` looks at. docs/errors.md is written from this table. */
export const CHECK_CODES = {
  connection: {
    meaning: 'the source answers; its version, and as whom the program is logged in',
    cure: 'none needed; where it does not answer, the code of the error stands here',
  },
  tls: { meaning: 'whether the way to the source is encrypted', cure: 'leave `tls` out or write `tls: verify`' },
  privileges: {
    meaning: 'whether the login may do more than read',
    cure: 'run the GRANT or REVOKE lines that are printed: reading is enough',
  },
  columns: {
    meaning: 'the columns that the mapping reads, with their kinds; an expression that does not fit has its own code',
    cure: 'none needed',
  },
  'primary-key': {
    meaning: 'whether a unique index guards `source.primary_key`, else whether it repeats among 100,000 rows',
    cure: 'add a unique index, or name columns that are unique: rows with equal keys can be skipped',
  },
  'cursor-nulls': {
    meaning: 'rows without a cursor value, which `on_null: skip` never reads',
    cure: 'fill the column, or use a query with COALESCE',
  },
  'cursor-future': {
    meaning: 'rows whose cursor lies in the future: they are read when that time has come',
    cure: 'find out who writes them; often a local time in a column that is read as UTC (`source.timezone`)',
  },
  'cursor-index': {
    meaning: 'whether an index on cursor and key serves the reading',
    cure: 'run the CREATE INDEX that is printed; without it each page sorts the table',
  },
  'cursor-layout': {
    meaning: 'of a source without indexes: whether the way its rows lie serves reading by the cursor',
    cure: 'run the statement that is printed, or leave it: the reading is right either way, and scans more',
  },
  costs: {
    meaning: 'of a source where queries are paid for: what reading costs, and what would make it cheaper',
    cure: 'run the statement that is printed, where there is one',
  },
  clock: { meaning: "the difference between the source's clock and this machine's", cure: 'set both by NTP' },
  replica: { meaning: 'whether the source is a read-only copy', cure: 'none needed; `lag` must outlast its delay' },
  'open-transactions': {
    meaning:
      'the oldest open transaction, whose rows appear only when it commits; or the right that is missing to see it',
    cure: 'run the GRANT that is printed, or make `lookback` longer than transactions last',
  },
  'snapshot-size': {
    meaning: 'of `mode: snapshot`: how many rows the table has; with more than `source.snapshot.max_rows` runs stop',
    cure: 'read by a cursor, narrow the table by `source.where`, or raise `max_rows`',
  },
  'next-run': { meaning: 'about how many rows the next run reads', cure: 'none needed' },
  dataset: {
    meaning: 'whether Meta knows the dataset and the token, by a GET that sends nothing',
    cure: 'a valid token, and the id as Events Manager shows it; `send-test` tells whether the token may send',
  },
  'api-version': { meaning: 'how long the version of the Graph API lives', cure: 'write a newer `api_version`' },
  'not-checked': {
    meaning: 'a look took longer than 15 seconds or was not allowed',
    cure: 'see the message; what was not looked at may be right',
  },
} as const satisfies Record<string, { readonly meaning: string; readonly cure: string }>;

export type CheckCode = keyof typeof CHECK_CODES;
