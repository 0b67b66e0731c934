/** Each key of the event and of custom_data: what feeds it, and whether the row gives it a value. Values of rows are masked, constants are not. */
import type { Row } from '../../connectors/connector.ts';
import { bindField } from '../mapping/bind-mapping.ts';
import type { Field, ParsedMapping } from '../mapping/compile-mapping.ts';
import { FAILED } from '../mapping/expression.ts';
import { type Binding, bindText, expressionsOf, type Template } from '../mapping/template.ts';
import { maskText, maskValue } from './mask.ts';
import { writtenSource } from './written-source.ts';

export type FieldExplanation = {
  /** `action_source`, `custom_data.value`. */
  readonly key: string;
  readonly source: string;
  /** Masked; a constant of the mapping as it is; null where there is none. */
  readonly value: string | null;
  /** `empty`: null, so the key is left out. `unreadable`: the row is rejected for it. */
  readonly verdict: 'sent' | 'empty' | 'unreadable';
};

export const explainFields = (mapping: ParsedMapping, binding: Binding, row: Row): FieldExplanation[] => [
  ...mapping.fields.map((field) => explainField(field, writtenAt(mapping, field), binding, row)),
  ...(mapping.eventId ? [explainId(mapping.eventId, writtenSource(mapping.file.event.event_id), binding, row)] : []),
];

const writtenAt = ({ file: { event } }: ParsedMapping, { at, key }: Field): string => {
  const written: Readonly<Record<string, unknown>> = at === 'event' ? event : (event.custom_data ?? {});
  return writtenSource(written[key]);
};

const explainField = (field: Field, source: string, binding: Binding, row: Row): FieldExplanation => {
  const key = field.at === 'event' ? field.key : `custom_data.${field.key}`;
  const value = bindField(field, binding)(row);
  if (value === FAILED) return { key, source, value: null, verdict: 'unreadable' };
  if (value === null) return { key, source, value: null, verdict: 'empty' };
  const isConstant = expressionsOf(field.template).length === 0;
  return { key, source, value: isConstant ? source : maskValue(value), verdict: 'sent' };
};

const explainId = (template: Template, source: string, binding: Binding, row: Row): FieldExplanation => {
  const text = bindText(template, binding)(row);
  const base = { key: 'event_id', source };
  if (text === FAILED) return { ...base, value: null, verdict: 'unreadable' };
  return text === null || text.trim() === ''
    ? { ...base, value: null, verdict: 'empty' }
    : { ...base, value: maskText(text), verdict: 'sent' };
};
