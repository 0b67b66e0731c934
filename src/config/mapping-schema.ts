import Type, { type Static } from 'typebox';
import { EventSchema, ExpectedEventSchema } from './event-schema.ts';
import { closed, condition, duration, name, oneOf, TAG_PATTERN, text } from './value-schemas.ts';

const timezone = (description: string) => text(description, { examples: ['UTC', 'Europe/Berlin'] });

/** `7d`, an instant, a number (for a number cursor) or `beginning`. */
const START_PATTERN =
  '^(?:beginning|\\d+(?:ms|s|m|h|d)|\\d{4}-\\d{2}-\\d{2}(?:[T ]\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d{2}(?::?\\d{2})?)?)?)$';

const CursorSchema = closed(
  {
    column: text('Column that grows with every insert and update: a timestamp or an increasing number.', {
      examples: ['updated_at'],
    }),
    start: Type.Unsafe<string | number>({
      type: ['string', 'number'],
      pattern: START_PATTERN,
      title: 'a duration back, an instant, a number or `beginning`',
      description:
        'Where the first run begins: a duration back, an instant, `beginning`, or a number where the cursor is one.',
      default: '7d',
      examples: ['7d', '2026-11-01T00:00:00Z', 'beginning'],
    }),
    lag: duration('Stay this far behind the newest rows: they may not be committed yet.', { default: '60s' }),
    lookback: Type.Unsafe<string | number>({
      type: ['string', 'number'],
      pattern: '^\\d+(?:ms|s|m|h|d)$',
      minimum: 0,
      title: 'a duration (a number where the cursor is one)',
      description: 'Read this far back again in every run, for what was committed late; the ledger drops the repeats.',
      default: '10m',
      examples: ['10m'],
    }),
    max_stall: duration(
      'How long the reading stays behind an open transaction of the source, which may yet commit rows with an earlier time. After that it goes on: what that transaction commits is found within `lookback` only. `0s`: open transactions are not looked at.',
      { default: '15m' },
    ),
    on_null: oneOf(['error', 'skip'], 'What to do when rows have no value in the cursor column.', { default: 'error' }),
  },
  { description: 'By which column new and changed rows are found. Required where `mode` is `cursor`.' },
);

/** Of a snapshot that says nothing else. */
export const SNAPSHOT_DEFAULTS = { start: 'all', max_rows: 100_000 } as const;

const SnapshotSchema = closed(
  {
    start: oneOf(
      ['all', 'none'],
      'What the first run does with the rows that are there: send all of them, or only remember them.',
      { default: SNAPSHOT_DEFAULTS.start },
    ),
    max_rows: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: SNAPSHOT_DEFAULTS.max_rows,
      title: 'a whole number from 1 to 1,000,000',
      description: 'A run of a table with more rows stops before anything is read: it is a case for a cursor.',
    }),
  },
  {
    description:
      'Of `mode: snapshot`: every run reads the whole table and compares each row with what is remembered of it.',
  },
);

const SourceSchema = Type.Object(
  {
    connection: text('One of `connections` of the config file.', { examples: ['shop'] }),
    table: Type.Optional(text('Table or view, with or without its schema. Instead: query.', { examples: ['orders'] })),
    query: Type.Optional(
      text('A SELECT, wrapped as a subselect. Instead: table.', { examples: ['SELECT * FROM orders JOIN ...'] }),
    ),
    where: Type.Optional(text("A condition in the source's own language.", { examples: ["status = 'paid'"] })),
    primary_key: Type.Union(
      [Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })],
      {
        title: 'a column or a list of columns',
        description: 'Column or columns that tell rows apart; they also order rows of one cursor value.',
        examples: ['id'],
      },
    ),
    timezone: Type.Optional(timezone('Zone of timestamps that carry none.')),
    mode: oneOf(
      ['cursor', 'snapshot'],
      'How new and changed rows are found. `cursor`: by a column that grows. `snapshot`, for small tables without such a column: by comparing all rows with hashes of them in the state.',
      { default: 'cursor' },
    ),
    cursor: Type.Optional(CursorSchema),
    snapshot: Type.Optional(SnapshotSchema),
  },
  {
    additionalProperties: false,
    oneOf: [{ required: ['table'] }, { required: ['query'] }],
    if: { properties: { mode: { const: 'snapshot' } }, required: ['mode'] },
    else: { required: ['cursor'] },
    description: 'What is read.',
  },
);

const EmitSchema = Type.Union(
  [
    Type.Unsafe<'once' | 'every_update'>({ type: 'string', enum: ['once', 'every_update'] }),
    closed({
      on_change: Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        description: 'Columns of which each new value, or each new combination of values, is an event of its own.',
        examples: [['stage']],
      }),
    }),
  ],
  {
    title: 'once, every_update or {on_change: [columns]}',
    description:
      'How many events a row becomes. `once`: one, for ever. `{on_change: [stage]}`: one for each value that the listed columns take. `every_update`: one for each state in which the row is read.',
    default: 'once',
    examples: ['once', { on_change: ['stage'] }, 'every_update'],
  },
);

const cron = text('When it runs: five fields, or six with seconds first.', { examples: ['*/15 * * * *'] });

const TestSchema = Type.Object(
  {
    name: text('What the test shows.', { examples: ['a paid order becomes a Purchase'] }),
    row: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      description: 'A row, by column.',
      examples: [{ id: 7, status: 'paid', email: 'ada@example.com' }],
    }),
    event: Type.Optional(ExpectedEventSchema),
    skipped: Type.Optional(oneOf(['filter', 'consent'], 'The row is not sent, for this reason.')),
    rejected: Type.Optional(text('The row is rejected with this code.', { examples: ['missing-currency'] })),
  },
  {
    additionalProperties: false,
    oneOf: [{ required: ['event'] }, { required: ['skipped'] }, { required: ['rejected'] }],
    description: 'A row and what becomes of it.',
  },
);

export const MappingSchema = closed(
  {
    version: Type.Literal(1, { description: 'Version of this format.' }),
    name: name('Name of the mapping: the key of its checkpoint and of its ledger. Renaming it starts both anew.'),
    description: Type.Optional(
      Type.String({ description: 'What it is for.', examples: ['Paid orders become Purchase events'] }),
    ),
    tags: Type.Optional(
      Type.Array(
        Type.String({
          pattern: TAG_PATTERN,
          maxLength: 64,
          title: 'a tag of letters, digits and _ - . /',
          examples: ['after-dbt'],
        }),
        {
          minItems: 1,
          description: 'Words by which `run --select tag:<word>` and those who trigger runs choose the mapping.',
          examples: [['after-dbt', 'finance']],
        },
      ),
    ),
    source: SourceSchema,
    schedule: Type.Optional(
      Type.Union(
        [
          cron,
          closed({
            cron,
            timezone: Type.Optional(timezone('Zone of the schedule; UTC if left out.')),
            jitter: Type.Optional(
              duration('Each run begins up to this much later, at random, so that many mappings do not begin as one.', {
                examples: ['30s'],
              }),
            ),
          }),
        ],
        {
          title: 'a cron expression, or cron and timezone',
          description:
            'When `capi-sync start` runs it. In UTC, unless written as {cron, timezone}. Left out: only when asked.',
          examples: ['*/15 * * * *'],
        },
      ),
    ),
    destination: Type.Optional(
      text('One of `destinations` of the config file; may be left out when there is one only.', { examples: ['main'] }),
    ),
    goal: Type.Optional(
      oneOf(
        ['value', 'conversions', 'product_ads'],
        'What the ads are optimised for. `validate` holds the mapping to what Meta needs for it: value and currency, or ids of products.',
        { examples: ['value'] },
      ),
    ),
    filter: Type.Optional(condition('Rows for which this is not true are skipped.', '=status == "paid"')),
    consent: Type.Optional(
      closed(
        {
          require: Type.Optional(
            condition('Rows for which this is not true are never sent.', '=marketing_opt_in == true'),
          ),
          limited_data_use: Type.Optional(
            condition('Rows for which this is true are sent for Limited Data Use.', '=state == "CA"'),
          ),
        },
        { description: 'What a person agreed to.' },
      ),
    ),
    event: EventSchema,
    emit: EmitSchema,
    personal_data: Type.Optional(
      closed(
        {
          allow: Type.Array(
            Type.String({
              pattern: '^(?:custom_data\\.\\S.*|event_source_url|referrer_url)$',
              title: 'custom_data.<key>, event_source_url or referrer_url',
              examples: ['custom_data.order_note'],
            }),
            {
              minItems: 1,
              description:
                'Fields that are sent even where they hold an e-mail address, a telephone number or a match key of the row.',
            },
          ),
        },
        { description: 'Personal data outside of user_data, where nothing is hashed: such rows are rejected.' },
      ),
    ),
    defaults: Type.Optional(
      closed(
        {
          country: Type.Optional(
            Type.String({
              pattern: '^[A-Za-z]{2}$',
              title: 'a country code of two letters',
              description: 'Country of phone numbers and addresses of rows that name none (ISO 3166-1).',
              examples: ['us'],
            }),
          ),
        },
        { description: 'What holds where a row says nothing.' },
      ),
    ),
    dedup: closed(
      {
        key: Type.Optional(
          oneOf(
            ['order_id', 'event_id'],
            'What makes two events the same. Default: order_id where mapped, else event_id.',
          ),
        ),
        window: Type.String({
          pattern: '^(?:forever|\\d+(?:ms|s|m|h|d))$',
          title: 'a duration or `forever`',
          description:
            'How long an event that was sent is remembered. The default outlasts the oldest event that Meta accepts (62 days), so that no update of a row is ever counted twice.',
          default: '63d',
          examples: ['48h', '28d', '63d', 'forever'],
        }),
      },
      { default: {}, description: 'What must not be sent twice.' },
    ),
    freshness: Type.Optional(
      closed(
        {
          warn: Type.Optional(duration('`status` warns when rows may have waited longer than this.')),
          alert: Type.Optional(
            duration('`status` and the alerts of `start` alert when rows may have waited longer than this.'),
          ),
          rows_every: Type.Optional(
            duration('New rows are expected this often: `start` alerts when none were read for so long.', {
              examples: ['6h'],
            }),
          ),
        },
        { description: 'How long a row may wait to be sent.' },
      ),
    ),
    dead_letters: closed(
      {
        retry_after: Type.String({
          pattern: '^(?:never|\\d+(?:ms|s|m|h|d))$',
          title: 'a duration or `never`',
          description:
            'A row that was refused and has not changed is read and tried again after this time, at the end of a run.',
          default: '24h',
          examples: ['24h', 'never'],
        }),
        keep: duration(
          'Dead letters go so long after the row was first refused. The default outlasts the oldest event that Meta accepts (62 days).',
          { default: '63d' },
        ),
      },
      { default: {}, description: 'Rows that could not be sent.' },
    ),
    on_unknown: oneOf(
      ['resend', 'hold'],
      'What to do after a crash with batches of which it is not known whether they arrived: send again with the same ids, or park them.',
      { default: 'resend' },
    ),
    tests: Type.Optional(Type.Array(TestSchema, { description: 'Run by `capi-sync test`.' })),
  },
  {
    title: 'capi-sync mapping',
    description:
      'What becomes what. A text that starts with = is an expression over the row; everything else is a constant.',
  },
);

/** A mapping file, checked, defaults filled in. */
export type MappingFile = Static<typeof MappingSchema>;
/** The settings of a cursor, defaults filled in. */
export type CursorSettings = Static<typeof CursorSchema>;
export type SnapshotSettings = Static<typeof SnapshotSchema>;
export type MappingTest = Static<typeof TestSchema>;
