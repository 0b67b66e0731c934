/** Why a row is rejected before it is an event: the mapping could make nothing of a value. docs/errors.md is written from this table. */
export const UNREADABLE_CODES = {
  'expression-failed': {
    meaning: 'an expression met a value it cannot work with',
    cure: 'correct the value, or test for it: `=x == "" ? null : number(x)`',
  },
  'value-unreadable': {
    meaning:
      "a value that cannot become what Meta's parameter is, such as a word or `12,50` for `value`, or minor units of an unknown currency",
    cure: 'convert it in the mapping or the query, or declare its form, such as {value: =total, decimal: comma} (docs/mapping.md#amounts)',
  },
  'event-time-unreadable': {
    meaning: '`event_time` is neither a time nor a number, or has no zone',
    cure: 'map a timestamp, ISO text or Unix seconds; set `source.timezone`',
  },
} as const;
