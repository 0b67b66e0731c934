/** What goes wrong where a row becomes several events (`emit`). */
import type { Diagnostic } from '../config/diagnostic.ts';
import { emitColumns } from '../mapping/emit.ts';
import { expressionsOf, type Template } from '../mapping/template.ts';
import { userDataColumns } from '../mapping/user-data-fields.ts';
import { USER_DATA } from '../meta/parameters.ts';
import { found, type LintRule, type LintSubject } from './lint-subject.ts';

export const severalEvents: LintRule = (subject) =>
  subject.parsed.emit.kind === 'once'
    ? []
    : [...countsAgain(subject), ...sameNameAndId(subject), ...contactColumns(subject)];

/** What is bought once is a Purchase once. */
const countsAgain = (subject: LintSubject): Diagnostic[] => {
  if (subject.eventName !== 'Purchase') return [];
  const message = 'every event of a row counts as a purchase of its own, with its whole value';
  return [found(subject, 'emit-counts-again', ['emit'], message)];
};

const columnsOf = (template: Template | undefined): string[] =>
  template ? expressionsOf(template).flatMap(({ expression }) => expression.columns) : [];

/** Meta takes equal names and ids within 48 hours for one event; a default id is of these columns itself. */
const sameNameAndId = (subject: LintSubject): Diagnostic[] => {
  const { eventId, fields, emit } = subject.parsed;
  if (!eventId) return [];
  const name = fields.find(({ key, at }) => key === 'event_name' && at === 'event');
  const told = new Set([...columnsOf(eventId), ...columnsOf(name?.template)]);
  const untold = emitColumns(emit).filter((column) => !told.has(column));
  if (untold.length === 0) return [];
  const message = `this id stays the same when ${untold.map((column) => `"${column}"`).join(' and ')} changes`;
  return [found(subject, 'event-id-without-emit', ['event', 'event_id'], message)];
};

/** The id that is made of such a column goes to Meta in plain, and a hash of it stays in the state. */
const contactColumns = (subject: LintSubject): Diagnostic[] => {
  const { emit, userData } = subject.parsed;
  if (emit.kind !== 'on_change') return [];
  const contact = userData.filter(({ key }) => USER_DATA[key].hashed && key !== 'external_id');
  const columns = new Set(userDataColumns(contact));
  const written = (subject.loaded.mapping.emit as { on_change: readonly string[] }).on_change;
  return written.flatMap((column, n) =>
    columns.has(column)
      ? [
          found(
            subject,
            'emit-on-contact-data',
            ['emit', 'on_change', n],
            `"${column}" is contact data: the id of the event would be made of it, and the ledger too`,
          ),
        ]
      : [],
  );
};
