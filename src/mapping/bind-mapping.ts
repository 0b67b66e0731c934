/** A mapping, bound to its source's columns: a pure and total function of a row. */
import type { Column, Row } from '../../connectors/connector.ts';
import type { MetaEvent } from '../meta/event.ts';
import { checkEvent, maxAgeSeconds } from '../meta/event-rules.ts';
import { LDU_STATES } from '../meta/parameters.ts';
import { cellText } from './cell-values.ts';
import type { Field, ParsedMapping } from './compile-mapping.ts';
import { bindEmit } from './emit.ts';
import { FAILED } from './expression.ts';
import { dedupKey, defaultEventId, fingerprint } from './identity.ts';
import type { MappedRow } from './mapped-row.ts';
import { bindPersonalDataGuard } from './personal-data.ts';
import { tallyKeys } from './tally-keys.ts';
import { type Binding, bareIndex, bindText, bindValue, expressionsOf, type Template, zoneOf } from './template.ts';
import { type Json, typed } from './typed-value.ts';
import { bindEpochMs, bindUserData, type MatchKeyCounts } from './user-data-fields.ts';

export type BindOptions = {
  /** The cells of a row, in order. */
  readonly columns: readonly Column[];
  readonly datasetId: string;
  /** Unix seconds. */
  readonly now: () => number;
  readonly counts: MatchKeyCounts;
};

/** Makes the function of a row. It is total: whatever a row holds, it gives an event or a counted reason. */
export const bindMapping = (
  mapping: ParsedMapping,
  { columns, datasetId, now, counts }: BindOptions,
): ((row: Row) => MappedRow) => {
  const binding: Binding = { columns, timezone: mapping.file.source.timezone };
  const keyIndexes = mapping.primaryKey.map((name) => columns.findIndex((column) => column.name === name));
  const [firstKey = 0] = keyIndexes;
  const rowKeyOf = (row: Row): string[] =>
    keyIndexes.length === 1
      ? [cellText(row[firstKey] ?? null) ?? '']
      : keyIndexes.map((index) => cellText(row[index] ?? null) ?? '');
  const isTrue = (template: Template | undefined): ((row: Row) => unknown) =>
    template ? bindValue(template, binding) : () => true;
  const filter = isTrue(mapping.filter);
  const consented = isTrue(mapping.require);
  const limited = mapping.limitedDataUse ? bindValue(mapping.limitedDataUse, binding) : undefined;
  const time = bindEpochMs(mapping.eventTime, binding);
  const timeText = bindText(mapping.eventTime, binding);
  const eventId = mapping.eventId && bindText(mapping.eventId, binding);
  const changeOf = bindEmit(mapping.emit, columns);
  const eventFields = bindFields(mapping.fields, 'event', binding);
  const customFields = bindFields(mapping.fields, 'custom_data', binding);
  const blankEvent: Record<string, unknown> = {
    ...eventFields.blank,
    event_id: undefined,
    event_time: undefined,
    user_data: undefined,
    custom_data: undefined,
  };
  const userDataOf = bindUserData(mapping.userData, binding, mapping.file.defaults?.country, counts);
  const leakOf = bindPersonalDataGuard(mapping, binding);
  const tally =
    counts.together &&
    tallyKeys(
      mapping.userData.map(({ key }) => key),
      counts.together,
    );

  return (row) => {
    const rowKey = rowKeyOf(row);
    const reject = (code: string, field: string | undefined): MappedRow => ({
      kind: 'rejected',
      rowKey,
      code,
      field,
      fingerprint: fingerprint(row.map((cell) => cellText(cell) ?? '\u0001').join('\u0000')),
    });
    const kept = filter(row);
    if (kept === FAILED) return reject('expression-failed', 'filter');
    if (kept !== true) return { kind: 'filtered', reason: 'filter' };
    const allowed = consented(row);
    if (allowed === FAILED) return reject('expression-failed', 'consent.require');
    if (allowed !== true) return { kind: 'filtered', reason: 'consent' };

    const event = { ...blankEvent };
    for (const { key, evaluate } of eventFields.changing) {
      const value = evaluate(row);
      if (value === FAILED) return reject('value-unreadable', key);
      if (value !== null) event[key] = value;
    }
    const customData = { ...customFields.blank };
    let hasCustomData = customFields.hasConstants;
    for (const { key, evaluate } of customFields.changing) {
      const value = evaluate(row);
      if (value === FAILED) return reject('value-unreadable', `custom_data.${key}`);
      if (value === null) continue;
      hasCustomData = true;
      if (key === 'custom_properties') Object.assign(customData, value);
      else customData[key] = value;
    }
    const people = userDataOf(row);
    if ('failed' in people) return reject('expression-failed', people.failed);
    const at = time(row);
    if (at === undefined && timeText(row) !== null) return reject('event-time-unreadable', 'event_time');
    const id = eventId?.(row);
    if (id === FAILED) return reject('expression-failed', 'event_id');

    const name = String(event.event_name ?? '');
    // Blank is no identity: rows that have none would all be repeats of one another.
    const hasOwnId = !isBlank(id);
    const change = changeOf?.(row);
    event.event_id = hasOwnId ? id : defaultEventId(mapping.name, name, rowKey, change);
    if (at !== undefined) event.event_time = Math.floor(at / 1000);
    event.user_data = people.userData;
    if (hasCustomData) event.custom_data = customData;
    if (limited) {
      const value = limited(row);
      if (value === FAILED) return reject('expression-failed', 'consent.limited_data_use');
      if (value === true) Object.assign(event, limitedDataUse(people.country, people.state));
    }

    const problem = checkEvent(event as MetaEvent, now());
    if (problem && 'expired' in problem) return { kind: 'expired' };
    if (problem) return reject(problem.code, problem.field);
    const leak = leakOf?.(row, event, customData);
    if (leak !== undefined) return reject('pii-in-custom-data', leak);
    tally?.(people.userData);
    const orderId =
      mapping.dedupBy === 'order_id' && !isBlank(customData.order_id)
        ? orderLine(String(customData.order_id), customData.item_number)
        : undefined;
    return {
      kind: 'event',
      rowKey,
      dedupKey: dedupKey(
        datasetId,
        name,
        orderId === undefined ? 'event_id' : 'order_id',
        // An id of the author's says what the event is called; when there is a new one is for `emit` to say.
        orderId ?? (hasOwnId && change !== undefined ? `${id}\u0000${change}` : String(event.event_id)),
      ),
      json: JSON.stringify(event),
      eventTime: event.event_time as number,
      maxAgeSeconds: maxAgeSeconds(event as MetaEvent),
    };
  };
};

/** Lines of one order are events of their own where item_number tells them apart (offline-events, read 2026-09-12). */
const orderLine = (orderId: string, line: unknown): string => (isBlank(line) ? orderId : `${orderId}\u0000${line}`);

const isBlank = (value: unknown): boolean => value === undefined || value === null || String(value).trim() === '';

/** LDU with country and state where the row tells them, else Meta locates the person (data-processing-options page, 2026-09-12). */
const limitedDataUse = (country: string | undefined, state: string | undefined): object => {
  const code =
    country === 'us' && state !== undefined && Object.hasOwn(LDU_STATES, state)
      ? LDU_STATES[state as keyof typeof LDU_STATES]
      : undefined;
  return {
    data_processing_options: ['LDU'],
    data_processing_options_country: code === undefined ? 0 : 1,
    data_processing_options_state: code ?? 0,
  };
};

type BoundField = { readonly key: string; readonly evaluate: (row: Row) => Json | typeof FAILED };
type BoundFields = {
  /** Every key in its place, constants filled in: a copy of it is much cheaper than an object that grows. JSON leaves undefined out. */
  readonly blank: Readonly<Record<string, unknown>>;
  readonly hasConstants: boolean;
  /** What depends on the row, or on no row can be read. */
  readonly changing: readonly BoundField[];
};

const bindFields = (fields: readonly Field[], at: Field['at'], binding: Binding): BoundFields => {
  const blank: Record<string, unknown> = {};
  const changing: BoundField[] = [];
  let hasConstants = false;
  for (const field of fields.filter((each) => each.at === at)) {
    const evaluate = bindField(field, binding);
    const isConstant = field.key !== 'custom_properties' && expressionsOf(field.template).length === 0;
    const constant = isConstant ? evaluate([]) : FAILED;
    if (constant === FAILED) changing.push({ key: field.key, evaluate });
    if (field.key !== 'custom_properties')
      blank[field.key] = constant === FAILED || constant === null ? undefined : constant;
    hasConstants ||= constant !== FAILED && constant !== null;
  }
  return { blank, hasConstants, changing };
};

/** A text parameter keeps the database's exact text; everything else is read by the column's kind and typed as Meta has it. */
export const bindField = (field: Field, binding: Binding): ((row: Row) => Json | typeof FAILED) => {
  const { type } = field.row;
  const convert = typed(field.row, field.key, zoneOf(field.template, binding));
  const usesText = type === 'string' || type === 'number' || type === 'integer';
  const evaluate =
    usesText && bareIndex(field.template, binding) !== undefined
      ? bindText(field.template, binding)
      : bindValue(field.template, binding);
  return (row) => {
    const value = evaluate(row);
    if (value === FAILED) return FAILED;
    const converted = convert(value);
    return field.key === 'currency' && typeof converted === 'string' ? converted.trim().toUpperCase() : converted;
  };
};
