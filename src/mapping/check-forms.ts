/** Whether the columns have what the mapping's forms take for granted: times a zone, declared amounts a text. */
import type { Column } from '../../connectors/connector.ts';
import { NESTED_TABLES } from '../meta/parameters.ts';
import type { ParsedMapping } from './compile-mapping.ts';
import { expressionsOf, type Template, type TemplateProblem } from './template.ts';

type Columns = readonly Column[] | undefined;
type PlacedExpression = ReturnType<typeof expressionsOf>[number];

const problemAt = ({ expression, path }: PlacedExpression, message: string, hint: string): TemplateProblem => ({
  code: 'expression-type',
  message,
  hint,
  start: 0,
  end: Math.max(1, expression.source.length),
  path,
  source: expression.source,
});

/** How a template reads a column that it names alone: as its text, as a value, or as a point in time. */
type Reading = 'text' | 'value' | 'time';

const readingsOf = (mapping: ParsedMapping): (readonly [Template | undefined, Reading])[] => [
  [mapping.filter, 'value'],
  [mapping.require, 'value'],
  [mapping.limitedDataUse, 'value'],
  [mapping.eventTime, 'time'],
  [mapping.eventId, 'text'],
  ...mapping.fields.flatMap(({ template, row, key }) => [
    [template, row.type === 'string' ? 'text' : 'value'] as const,
    ...timesIn(template, key).map((time) => [time, 'time'] as const),
  ]),
  ...mapping.userData.flatMap(({ feeds }) =>
    feeds.flatMap(({ value, at }) => [[value, 'text'] as const, [at, 'time'] as const]),
  ),
];

/** The templates of times inside app_data, original_event_data and the like. */
const timesIn = (template: Template, key: string): Template[] => {
  if (template.kind !== 'map') return [];
  return template.entries.flatMap(([inner, value]) =>
    NESTED_TABLES[key]?.[inner]?.type === 'unix-time' ? [value] : timesIn(value, inner),
  );
};

/** Columns without a zone that are read as points in time, where the source says no zone for them. */
export const checkZones = (mapping: ParsedMapping, columns: Columns): TemplateProblem[] => {
  if (columns === undefined || mapping.file.source.timezone !== undefined) return [];
  const kinds = new Map(columns.map(({ name, kind }) => [name, kind]));
  const needsZone = ({ expression }: PlacedExpression, reading: Reading): string | undefined => {
    const { bare } = expression;
    if (bare === undefined) return expression.columns.find((name) => kinds.get(name) === 'timestamp');
    const kind = kinds.get(bare);
    const isRead = reading === 'time' ? kind === 'timestamp' || kind === 'date' : kind === 'timestamp';
    return isRead && reading !== 'text' ? bare : undefined;
  };
  const found = new Map<string, TemplateProblem>();
  for (const [template, reading] of readingsOf(mapping)) {
    for (const placed of template ? expressionsOf(template) : []) {
      const column = needsZone(placed, reading);
      if (column === undefined) continue;
      const hint = 'say in source.timezone which zone its times are in, e.g. UTC or Europe/Berlin';
      found.set(placed.path.join('/'), problemAt(placed, `column "${column}" carries no time zone`, hint));
    }
  }
  return [...found.values()];
};

const NUMBERS: ReadonlySet<string> = new Set(['integer', 'decimal', 'float']);

const amountsIn = (template: Template): Extract<Template, { kind: 'amount' }>[] => {
  if (template.kind === 'amount') return [template];
  if (template.kind === 'list') return template.items.flatMap(amountsIn);
  return template.kind === 'map' ? template.entries.flatMap(([, item]) => amountsIn(item)) : [];
};

/** A decimal sign that is declared for a column of numbers, which have none of their own. */
export const checkAmounts = ({ fields }: ParsedMapping, columns: Columns): TemplateProblem[] =>
  fields.flatMap(({ template }) =>
    amountsIn(template).flatMap(({ value, form }) => {
      if (form.decimal === undefined || value.kind !== 'expression') return [];
      const column = columns?.find(({ name }) => name === value.expression.bare);
      if (column === undefined || !NUMBERS.has(column.kind)) return [];
      const message = `column "${column.name}" (${column.kind}) holds numbers: they have no written decimal sign`;
      return [problemAt(value, message, 'leave "decimal" out; it is for texts')];
    }),
  );
