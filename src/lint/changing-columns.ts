import type { Diagnostic } from '../config/diagnostic.ts';
import { expressionsOf } from '../mapping/template.ts';
import { found, type LintRule } from './lint-subject.ts';

/**
 * Names of columns that every update of a row sets anew. A cursor called created_at or paid_at is none of these: where rows never change
 * it is a good event_time.
 */
const CHANGES = /updat|modif|chang|touch|synced|revision|version|lastmod|modstamp|write_?date/i;

/** Columns that say how far a row is: they change by their purpose. */
const STAGE = /^(?:\w+_)?(?:status|stage|state_?name|phase|step)(?:_(?:id|name|code))?$/i;

/** What must stay the same for ever, made of a column that never does. Where a row becomes several events, it is meant to change. */
export const changingColumns: LintRule = (subject) => {
  const { loaded, parsed } = subject;
  if (parsed.emit.kind !== 'once') return [];
  const cursor = loaded.mapping.source.cursor?.column;
  const isChanging = cursor !== undefined && CHANGES.test(cursor) && !parsed.primaryKey.includes(cursor);
  const problems: Diagnostic[] = [];
  const { eventTime, eventId } = parsed;
  const idColumns = eventId ? expressionsOf(eventId).flatMap(({ expression }) => expression.columns) : [];
  const other = idColumns.find(
    (name) => name !== cursor && !parsed.primaryKey.includes(name) && (CHANGES.test(name) || STAGE.test(name)),
  );
  if (other !== undefined) {
    const message = `"${other}" changes while the row lives, and this id with it: each change is an event of its own`;
    problems.push(found(subject, 'event-id-changes', ['event', 'event_id'], message));
  }
  if (!isChanging) return problems;
  if (eventTime.kind === 'expression' && eventTime.expression.bare === cursor) {
    const message = 'this is the cursor column: the event would happen anew with every update of the row';
    problems.push(found(subject, 'cursor-is-event-time', ['event', 'event_time'], message));
  }
  if (idColumns.includes(cursor)) {
    const message = `the cursor column "${cursor}" changes with every update of the row, and this id with it`;
    problems.push(found(subject, 'event-id-from-cursor', ['event', 'event_id'], message));
  }
  return problems;
};
