/**
 * What a mapping can say that is allowed and still goes wrong. An error contradicts what the files themselves say; a warning is advice and
 * stops nothing. The cure is the hint of the diagnostic; docs/errors.md is written from this table.
 */
export const LINT_CODES = {
  'goal-not-met': {
    severity: 'error',
    meaning:
      'the mapping lacks what its own `goal` needs: value and currency for `value`, ids of products for `product_ads`',
    cure: 'map what is named, or take another goal',
  },
  'pixel-dedup-missing': {
    severity: 'error',
    meaning:
      'the destination says `pixel_setup: redundant`, and nothing in this website event tells Meta that the Pixel sent it too: both would be counted',
    cure: 'map event_id to the id that the Pixel sends as eventID; else external_id or fbp, as the Pixel has them',
  },
  'pixel-may-send-too': {
    severity: 'warning',
    meaning:
      'the destination says `pixel_setup: split`, and this is a website event that a Pixel usually sends as well',
    cure: "map event_id to the Pixel's eventID, and it counts once even if both send it; or take it off the Pixel",
  },
  'content-type-missing': {
    severity: 'warning',
    meaning: '`goal: product_ads` without `content_type`: Meta cannot tell products from product groups',
    cure: 'add content_type: product, or product_group where the ids are those of groups',
  },
  'website-without-url': {
    severity: 'warning',
    meaning: 'a website event without `event_source_url`: every row would be rejected',
    cure: 'map event_source_url to the page, or use the action_source that is true',
  },
  'website-without-user-agent': {
    severity: 'warning',
    meaning: "a website event without `client_user_agent`, which Meta's page asks for",
    cure: "map user_data.client_user_agent to the browser's user agent",
  },
  'purchase-without-value': {
    severity: 'warning',
    meaning: 'a Purchase without `value` or `currency`: every row would be rejected',
    cure: 'map custom_data.value and custom_data.currency',
  },
  'value-without-currency': {
    severity: 'warning',
    meaning: '`value` without `currency`: every row with a value would be rejected',
    cure: 'map custom_data.currency to a column or to a constant such as EUR',
  },
  'purchase-without-order-id': {
    severity: 'warning',
    meaning: 'a Purchase without `order_id`: two rows of one order count as two purchases',
    cure: 'map custom_data.order_id to the number of the order',
  },
  'match-keys-too-weak': {
    severity: 'warning',
    meaning:
      'all keys of `user_data` belong to one combination that Meta refuses as too broad: every row would be rejected',
    cure: 'add em, ph, external_id, fbc or another key that points to one person',
  },
  'constant-not-expression': {
    severity: 'warning',
    meaning:
      'a constant where each row has a value of its own, such as `em: email`: the same would be sent for every row',
    cure: 'a column is written with an equals sign, such as =email',
  },
  'milliseconds-for-seconds': {
    severity: 'warning',
    meaning: 'a number of milliseconds where seconds are read: every row would be rejected',
    cure: 'divide milliseconds by 1000 and leave seconds as they are, or map a timestamp column',
  },
  'cursor-is-event-time': {
    severity: 'warning',
    meaning: '`event_time` is the cursor column, which changes with every update of the row',
    cure: 'map event_time to the column that says when it happened, such as =paid_at',
  },
  'event-id-from-cursor': {
    severity: 'warning',
    meaning: '`event_id` is made of the cursor column: an updated row becomes a new event, and Meta counts it again',
    cure: 'make it of columns that never change, such as ="order-" + string(id), or leave it out',
  },
  'event-id-changes': {
    severity: 'warning',
    meaning:
      '`event_id` is made of a column that changes while the row lives, such as a status: each change is a new event, and Meta counts it again',
    cure: 'make it of columns that never change; or say that each change is an event, with emit: {on_change: [the column]}',
  },
  'schedule-too-slow': {
    severity: 'warning',
    meaning:
      'the longest time between two runs of `schedule` is longer than `freshness` allows, or than the age at which Meta refuses events',
    cure: 'run it more often, or let freshness allow for the gap',
  },
  'lookback-too-short': {
    severity: 'warning',
    meaning:
      '`lag` and `lookback` of a server source reach back hardly at all: a row that commits later than that is never read',
    cure: 'leave them out (60s and 10m), or make them longer than your longest writing transaction',
  },
  'emit-counts-again': {
    severity: 'warning',
    meaning: '`emit` makes several events of a row, and each of them is a Purchase: Meta counts the value again',
    cure: 'use emit: once, or an event_name that says what changed',
  },
  'event-id-without-emit': {
    severity: 'warning',
    meaning:
      '`emit` makes several events of a row, and neither `event_id` nor `event_name` tells them apart: Meta drops all but the first within 48 hours',
    cure: 'leave event_id out, or make it of the columns of emit too',
  },
  'emit-on-contact-data': {
    severity: 'error',
    meaning:
      '`emit.on_change` lists a column of contact data: the event_id, which is not hashed as Meta wants it, and the ledger would hold what can be guessed from it',
    cure: 'list a column that says what happened, such as a stage',
  },
  'key-is-contact-data': {
    severity: 'warning',
    meaning: '`source.primary_key` is a column of contact data: the state keeps primary keys in plain',
    cure: 'use a key that is no personal data, such as the number of the customer, which a query can join',
  },
  'currency-constant': {
    severity: 'warning',
    meaning:
      '`currency` is a constant, though the query, the mapping or its tests have a column that looks like a currency',
    cure: 'map custom_data.currency to that column; a currency that does not fit its value is worse than none',
  },
  'custom-property-shadows': {
    severity: 'warning',
    meaning: "a custom property has the name of one of Meta's parameters: it takes its place, without its checks",
    cure: 'move it up into custom_data, or give it another name',
  },
  'personal-data-in-custom-data': {
    severity: 'warning',
    meaning: 'a custom property is named like contact data, which must not go out in plain',
    cure: 'map it under user_data, where it is hashed; or name it in personal_data.allow if it is something else',
  },
} as const satisfies Record<
  string,
  { readonly severity: 'error' | 'warning'; readonly meaning: string; readonly cure: string }
>;

export type LintCode = keyof typeof LINT_CODES;
