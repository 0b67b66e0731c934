import { NESTED_TABLES, type Parameter } from '../meta/parameters.ts';
import type { DecimalSign } from './amounts.ts';
import type { Template } from './template.ts';

type Row = Pick<Parameter, 'type'>;

/**
 * The template of a parameter with its declared amounts in it: where Meta wants a number, a map is `{ value, decimal, unit }`, also inside the
 * items of `contents` and the like. Maps of any other parameter stay maps.
 * @param currency what the row's currency comes from
 */
export const withAmounts = (template: Template, row: Row, key: string, currency: Template | undefined): Template => {
  const table = NESTED_TABLES[key];
  if (row.type === 'number' && template.kind === 'map') return amount(template.entries, currency);
  if (row.type === 'object-list' && template.kind === 'list' && table)
    return { kind: 'list', items: template.items.map((item) => withAmounts(item, { type: 'object' }, key, currency)) };
  if (row.type === 'object' && template.kind === 'map' && table) {
    const entries = template.entries.map(([inner, value]) => {
      const innerRow = table[inner];
      return [inner, innerRow ? withAmounts(value, innerRow, inner, currency) : value] as const;
    });
    return { kind: 'map', entries };
  }
  return template;
};

const amount = (entries: readonly (readonly [string, Template])[], currency: Template | undefined): Template => {
  const parts = new Map(entries);
  const word = (key: string): unknown => {
    const part = parts.get(key);
    return part?.kind === 'constant' ? part.value : undefined;
  };
  return {
    kind: 'amount',
    value: parts.get('value') ?? { kind: 'constant', value: null },
    form: { decimal: word('decimal') as DecimalSign | undefined, minor: word('unit') === 'minor' },
    currency,
  };
};
