/** A filter or a consent keeps only rows for which it is true. A column that can never be true would drop every row without a word. */
import type { Column } from '../../connectors/connector.ts';
import type { Template, TemplateProblem } from './template.ts';

/** @returns a problem when the condition is one bare column that holds no yes or no */
export const checkCondition = (
  template: Template | undefined,
  columns: readonly Column[] | undefined,
): TemplateProblem[] => {
  if (template?.kind !== 'expression') return [];
  const { bare, source } = template.expression;
  const column = columns?.find(({ name }) => name === bare);
  if (column === undefined || ['boolean', 'unknown', 'json'].includes(column.kind)) return [];
  const example = column.kind === 'integer' ? '1' : column.kind === 'text' ? '"yes"' : '…';
  return [
    {
      code: 'expression-type',
      message: `column "${column.name}" (${column.kind}) is never true`,
      hint: `compare it: =${source.trim()} == ${example}`,
      start: 0,
      end: Math.max(1, source.length),
      path: template.path,
      source,
    },
  ];
};
