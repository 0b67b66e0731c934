import type { Diagnostic } from '../config/diagnostic.ts';
import { expressionsOf } from '../mapping/template.ts';
import { found, type LintRule } from './lint-subject.ts';

/**
 * Names of columns that every update of a row sets anew. A cursor called created_at or paid_at is none of these: where rows never change
 * it is a good event_time.
 */
const CHANGES = /updat|modif|chang|touch|synced|revision|version|lastmod|modstamp|write_?date/i;

/** What must stay the same for ever, made of the column that never does. */
export const changingColumns: LintRule = (subject) => {
  const { loaded, parsed } = subject;
  const cursor = loaded.mapping.source.cursor.column;
  if (!CHANGES.test(cursor) || parsed.primaryKey.includes(cursor)) return [];
  const problems: Diagnostic[] = [];
  const { eventTime, eventId } = parsed;
  if (eventTime.kind === 'expression' && eventTime.expression.bare === cursor) {
    const message = 'this is the cursor column: the event would happen anew with every update of the row';
    problems.push(found(subject, 'cursor-is-event-time', ['event', 'event_time'], message));
  }
  if (eventId && expressionsOf(eventId).some(({ expression }) => expression.columns.includes(cursor))) {
    const message = `the cursor column "${cursor}" changes with every update of the row, and this id with it`;
    problems.push(found(subject, 'event-id-from-cursor', ['event', 'event_id'], message));
  }
  return problems;
};
