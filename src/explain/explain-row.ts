/** What a mapping makes of one row, step by step: conditions, keys, time, rules. Pure; nothing is sent and nothing is remembered. */
import type { Column, Row } from '../../connectors/connector.ts';
import { bindMapping } from '../mapping/bind-mapping.ts';
import { cellText } from '../mapping/cell-values.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { FAILED } from '../mapping/expression.ts';
import type { MappedRow } from '../mapping/mapped-row.ts';
import { type Binding, bindValue, type Template } from '../mapping/template.ts';
import { bindEpochMs } from '../mapping/user-data-fields.ts';
import { maxAgeSeconds } from '../meta/event-rules.ts';
import type { ActionSource } from '../meta/parameters.ts';
import { explainFields, type FieldExplanation } from './explain-fields.ts';
import { explainMatchKeys, type KeyExplanation } from './explain-match-keys.ts';
import { writtenSource } from './written-source.ts';

export type ConditionExplanation = {
  readonly source: string;
  readonly verdict: 'true' | 'not true' | 'failed';
};

export type TimeExplanation = {
  readonly source: string;
  /** Unix seconds; null where the row has none that can be read. */
  readonly at: number | null;
  readonly ageSeconds: number | null;
  /** 7 days, or 62 for physical_store. */
  readonly maxAgeSeconds: number;
};

export type RowExplanation = {
  readonly rowKey: readonly string[];
  readonly filter: ConditionExplanation | undefined;
  readonly consent: ConditionExplanation | undefined;
  readonly limitedDataUse: ConditionExplanation | undefined;
  readonly time: TimeExplanation;
  readonly matchKeys: readonly KeyExplanation[];
  readonly fields: readonly FieldExplanation[];
  /** What a run makes of the row. */
  readonly mapped: MappedRow;
  /** What it would make of it if the row passed filter and consent. */
  readonly unfiltered: MappedRow;
  /** By which the row's event is known to the ledger, also that of a row that is filtered or too old by now. */
  readonly dedupKey: string | undefined;
};

export type ExplainOptions = {
  /** The cells of the row, in order. */
  readonly columns: readonly Column[];
  readonly datasetId: string;
  /** Unix seconds. */
  readonly now: number;
};

export const explainRow = (
  mapping: ParsedMapping,
  row: Row,
  { columns, datasetId, now }: ExplainOptions,
): RowExplanation => {
  const binding: Binding = { columns, timezone: mapping.file.source.timezone };
  const map = (of: ParsedMapping, when: number): MappedRow =>
    bindMapping(of, { columns, datasetId, now: () => when, counts: { present: {}, dropped: {} } })(row);
  const condition = (template: Template | undefined, written: unknown): ConditionExplanation | undefined => {
    if (!template) return undefined;
    const value = bindValue(template, binding)(row);
    const verdict = value === FAILED ? 'failed' : value === true ? 'true' : 'not true';
    return { source: writtenSource(written), verdict };
  };
  const at = bindEpochMs(mapping.eventTime, binding)(row);
  const seconds = at === undefined ? null : Math.floor(at / 1000);
  const open = { ...mapping, filter: undefined, require: undefined };
  const unfiltered = map(open, now);
  const young = unfiltered.kind === 'expired' && seconds !== null ? map(open, seconds) : unfiltered;
  return {
    rowKey: mapping.primaryKey.map(
      (name) => cellText(row[columns.findIndex((column) => column.name === name)] ?? null) ?? '',
    ),
    filter: condition(mapping.filter, mapping.file.filter),
    consent: condition(mapping.require, mapping.file.consent?.require),
    limitedDataUse: condition(mapping.limitedDataUse, mapping.file.consent?.limited_data_use),
    time: {
      source: writtenSource(mapping.file.event.event_time),
      at: seconds,
      ageSeconds: seconds === null ? null : now - seconds,
      maxAgeSeconds: maxAgeSeconds({ action_source: actionSource(mapping, binding, row) }),
    },
    matchKeys: explainMatchKeys(mapping, binding, row),
    fields: explainFields(mapping, binding, row),
    mapped: map(mapping, now),
    unfiltered,
    dedupKey: young.kind === 'event' ? young.dedupKey : undefined,
  };
};

const actionSource = (mapping: ParsedMapping, binding: Binding, row: Row): ActionSource => {
  const field = mapping.fields.find(({ key, at }) => key === 'action_source' && at === 'event');
  const value = field && bindValue(field.template, binding)(row);
  return (typeof value === 'string' ? value : '') as ActionSource;
};
