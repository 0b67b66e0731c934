/**
 * A mapping file → a pure function of a row. In three steps, so that every problem is found as early as it can be:
 * parse (when the file is loaded) → check (against the source's columns, where they are known) → bind (the function itself).
 */
import type { Column, Row } from '../../connectors/connector.ts';
import type { MappingFile } from '../config/mapping-schema.ts';
import type { MetaEvent } from '../meta/event.ts';
import { checkEvent, maxAgeSeconds } from '../meta/event-rules.ts';
import {
  APP_DATA,
  ATTRIBUTION_DATA,
  CONTENT_ITEM,
  CUSTOM_DATA,
  EVENT,
  type JsonType,
  LDU_STATES,
  ORIGINAL_EVENT_DATA,
} from '../meta/parameters.ts';
import { cellText } from './cell-values.ts';
import { checkCondition } from './check-condition.ts';
import { FAILED } from './expression.ts';
import { dedupKey, defaultEventId, fingerprint } from './identity.ts';
import type { MappedRow } from './mapped-row.ts';
import {
  type Binding,
  bareIndex,
  bindText,
  bindValue,
  checkTemplate,
  expressionsOf,
  parseTemplate,
  type Template,
  type TemplateProblem,
} from './template.ts';
import { type Json, typed } from './typed-value.ts';
import {
  bindEpochMs,
  bindUserData,
  checkUserData,
  type MatchKeyCounts,
  parseUserData,
  type UserDataField,
  userDataColumns,
} from './user-data-fields.ts';

/** A key of the event or of custom_data with its template and type. */
type Field = {
  readonly key: string;
  readonly at: 'event' | 'custom_data';
  readonly template: Template;
  readonly type: JsonType;
  readonly table: Table | undefined;
};
type Table = Readonly<Record<string, { readonly type: JsonType }>>;

/** A mapping whose expressions are parsed. */
export type ParsedMapping = {
  readonly name: string;
  readonly file: MappingFile;
  readonly primaryKey: readonly string[];
  readonly filter: Template | undefined;
  readonly require: Template | undefined;
  readonly limitedDataUse: Template | undefined;
  readonly eventTime: Template;
  readonly eventId: Template | undefined;
  readonly fields: readonly Field[];
  readonly userData: readonly UserDataField[];
  readonly dedupBy: 'order_id' | 'event_id';
};

const NESTED: Readonly<Record<string, Table>> = {
  app_data: APP_DATA,
  original_event_data: ORIGINAL_EVENT_DATA,
  attribution_data: ATTRIBUTION_DATA,
  contents: CONTENT_ITEM,
};
/** Keys of `event` that are handled on their own. */
const OWN = new Set(['event_time', 'event_id', 'user_data', 'custom_data']);

/** @returns the mapping and the problems of its expressions, all of them */
export const parseMapping = (file: MappingFile): { mapping: ParsedMapping; problems: TemplateProblem[] } => {
  const problems: TemplateProblem[] = [];
  const parse = (value: unknown, ...path: (string | number)[]): Template => parseTemplate(value, path, problems);
  const optional = (value: unknown, ...path: string[]): Template | undefined =>
    value === undefined ? undefined : parse(value, ...path);
  const { event } = file;
  const custom = event.custom_data ?? {};
  const field = (at: Field['at'], key: string, value: unknown, path: string[], type: JsonType | undefined): Field => ({
    key,
    at,
    template: parse(value, ...path),
    type: type ?? 'object',
    table: NESTED[key],
  });
  const fields = [
    ...Object.entries(event)
      .filter(([key]) => !OWN.has(key))
      .map(([key, value]) => field('event', key, value, ['event', key], EVENT[key as keyof typeof EVENT]?.type)),
    ...Object.entries(custom)
      .filter(([key]) => key !== 'custom_properties')
      .map(([key, value]) =>
        field(
          'custom_data',
          key,
          value,
          ['event', 'custom_data', key],
          CUSTOM_DATA[key as keyof typeof CUSTOM_DATA]?.type,
        ),
      ),
  ];
  const properties = custom.custom_properties;
  if (properties)
    fields.push(
      field('custom_data', 'custom_properties', properties, ['event', 'custom_data', 'custom_properties'], 'object'),
    );
  const { primary_key: key } = file.source;
  const mapping: ParsedMapping = {
    name: file.name,
    file,
    primaryKey: typeof key === 'string' ? [key] : key,
    filter: optional(file.filter, 'filter'),
    require: optional(file.consent?.require, 'consent', 'require'),
    limitedDataUse: optional(file.consent?.limited_data_use, 'consent', 'limited_data_use'),
    eventTime: parse(event.event_time, 'event', 'event_time'),
    eventId: optional(event.event_id, 'event', 'event_id'),
    fields,
    userData: parseUserData(event.user_data, ['event', 'user_data'], problems),
    dedupBy: file.dedup.key ?? ('order_id' in custom ? 'order_id' : 'event_id'),
  };
  return { mapping, problems };
};

const templatesOf = (mapping: ParsedMapping): Template[] =>
  [
    mapping.filter,
    mapping.require,
    mapping.limitedDataUse,
    mapping.eventTime,
    mapping.eventId,
    ...mapping.fields.map((f) => f.template),
  ].filter((template) => template !== undefined);

/** Every column the mapping reads: only these leave the database. The primary key comes first. */
export const mappingColumns = (mapping: ParsedMapping): string[] => [
  ...new Set([
    ...mapping.primaryKey,
    ...templatesOf(mapping)
      .flatMap(expressionsOf)
      .flatMap(({ expression }) => expression.columns),
    ...userDataColumns(mapping.userData),
  ]),
];

/** Names and types of every expression against the source's columns; undefined (offline): only what the expressions say themselves. */
export const checkMapping = (mapping: ParsedMapping, columns: readonly Column[] | undefined): TemplateProblem[] => {
  const problems = [
    ...templatesOf(mapping).flatMap((template) => checkTemplate(template, columns)),
    ...checkUserData(mapping.userData, columns),
    ...[mapping.filter, mapping.require, mapping.limitedDataUse].flatMap((one) => checkCondition(one, columns)),
  ];
  const time = mapping.eventTime;
  const bare = time.kind === 'expression' ? columns?.find((column) => column.name === time.expression.bare) : undefined;
  if (
    time.kind === 'expression' &&
    (bare?.kind === 'timestamp' || bare?.kind === 'date') &&
    mapping.file.source.timezone === undefined
  ) {
    problems.push({
      code: 'expression-type',
      message: `column "${bare.name}" carries no time zone`,
      hint: 'say in source.timezone which zone its times are in, e.g. UTC or Europe/Berlin',
      start: 0,
      end: bare.name.length,
      path: time.path,
      source: time.expression.source,
    });
  }
  return problems;
};

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
  const isTrue = (template: Template | undefined): ((row: Row) => unknown) =>
    template ? bindValue(template, binding) : () => true;
  const filter = isTrue(mapping.filter);
  const consented = isTrue(mapping.require);
  const limited = mapping.limitedDataUse ? bindValue(mapping.limitedDataUse, binding) : undefined;
  const time = bindEpochMs(mapping.eventTime, binding);
  const timeText = bindText(mapping.eventTime, binding);
  const eventId = mapping.eventId && bindText(mapping.eventId, binding);
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

  return (row) => {
    const rowKey = keyIndexes.map((index) => cellText(row[index] ?? null) ?? '');
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
    event.event_id = isBlank(id) ? defaultEventId(mapping.name, name, rowKey) : id;
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
    const orderId = mapping.dedupBy === 'order_id' && !isBlank(customData.order_id) ? customData.order_id : undefined;
    return {
      kind: 'event',
      rowKey,
      dedupKey: dedupKey(
        datasetId,
        name,
        orderId === undefined ? 'event_id' : 'order_id',
        String(orderId ?? event.event_id),
      ),
      json: JSON.stringify(event),
      eventTime: event.event_time as number,
      maxAgeSeconds: maxAgeSeconds(event as MetaEvent),
    };
  };
};

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
const bindField = (field: Field, binding: Binding): ((row: Row) => Json | typeof FAILED) => {
  const convert = typed(field.type, field.table);
  const usesText = field.type === 'string' || field.type === 'number' || field.type === 'integer';
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
