/**
 * A mapping file becomes a pure function of a row in three steps, so that every problem is found as early as it can be:
 * parse (when the file is loaded) → check (against the source's columns, where they are known) → bind (bind-mapping.ts).
 */
import type { Column } from '../../connectors/connector.ts';
import type { MappingFile } from '../config/mapping-schema.ts';
import { CUSTOM_DATA, EVENT, type Parameter } from '../meta/parameters.ts';
import { withAmounts } from './amount-templates.ts';
import { checkCondition } from './check-condition.ts';
import { checkAmounts, checkZones } from './check-forms.ts';
import { checkEmit, type Emit, emitColumns, parseEmit } from './emit.ts';
import { checkTemplate, expressionsOf, parseTemplate, type Template, type TemplateProblem } from './template.ts';
import { checkUserData, parseUserData, type UserDataField, userDataColumns } from './user-data-fields.ts';

/** A key of the event or of custom_data with its template and its row in Meta's tables. */
export type Field = {
  readonly key: string;
  readonly at: 'event' | 'custom_data';
  readonly template: Template;
  readonly row: Pick<Parameter, 'type' | 'values' | 'strict' | 'length' | 'keepsEmpty'>;
};

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
  readonly emit: Emit;
};

const ANY_OBJECT: Field['row'] = { type: 'object' };
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
  // Problems of it are told where it is a field of its own.
  const currency = custom.currency === undefined ? undefined : parseTemplate(custom.currency, [], []);
  const field = (at: Field['at'], key: string, value: unknown, path: string[], row = ANY_OBJECT): Field => ({
    key,
    at,
    template: withAmounts(parse(value, ...path), row, key, currency),
    row,
  });
  const fields = [
    ...Object.entries(event)
      .filter(([key]) => !OWN.has(key))
      .map(([key, value]) => field('event', key, value, ['event', key], EVENT[key as keyof typeof EVENT])),
    ...Object.entries(custom)
      .filter(([key]) => key !== 'custom_properties')
      .map(([key, value]) =>
        field('custom_data', key, value, ['event', 'custom_data', key], CUSTOM_DATA[key as keyof typeof CUSTOM_DATA]),
      ),
  ];
  const properties = custom.custom_properties;
  if (properties)
    fields.push(field('custom_data', 'custom_properties', properties, ['event', 'custom_data', 'custom_properties']));
  const { primary_key: key } = file.source;
  const emit = parseEmit(file);
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
    // Of the events of one order all but the first would be repeats.
    dedupBy: file.dedup.key ?? ('order_id' in custom && emit.kind === 'once' ? 'order_id' : 'event_id'),
    emit,
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
    ...emitColumns(mapping.emit),
    ...templatesOf(mapping)
      .flatMap(expressionsOf)
      .flatMap(({ expression }) => expression.columns),
    ...userDataColumns(mapping.userData),
  ]),
];

/** Names and types of every expression against the source's columns; undefined (offline): only what the expressions say themselves. */
export const checkMapping = (mapping: ParsedMapping, columns: readonly Column[] | undefined): TemplateProblem[] => {
  return [
    ...templatesOf(mapping).flatMap((template) => checkTemplate(template, columns)),
    ...checkUserData(mapping.userData, columns),
    ...[mapping.filter, mapping.require, mapping.limitedDataUse].flatMap((one) => checkCondition(one, columns)),
    ...checkAmounts(mapping, columns),
    ...checkZones(mapping, columns),
    ...checkEmit(mapping.file, columns),
  ];
};
