/**
 * How many events a row becomes (`emit`). Once: its identity is that of its primary key. On change, and with every update, its identity
 * holds the texts of some columns too, so that each new text is an event of its own, and any other change of the row is none.
 */
import type { Column, Row } from '../../connectors/connector.ts';
import type { MappingFile } from '../config/mapping-schema.ts';
import { isSnapshot } from '../config/source-mode.ts';
import { cellText } from './cell-values.ts';
import { suggestion } from './expression-problem.ts';
import type { TemplateProblem } from './template.ts';

/** Of an event that is sent once there are none. In the order of their names: the order in the file says nothing. */
export type Emit =
  | { readonly kind: 'once' }
  | { readonly kind: 'on_change' | 'every_update'; readonly columns: readonly string[] };

/** No column of a source: what tells two states of a row apart that is read without a cursor (src/snapshot). It has a cell behind the others. */
export const VERSION_COLUMN = '\u0000version';

export const parseEmit = (file: Pick<MappingFile, 'emit' | 'source'>): Emit => {
  const { emit } = file;
  if (emit === undefined || emit === 'once') return { kind: 'once' };
  if (emit !== 'every_update') return { kind: 'on_change', columns: [...new Set(emit.on_change)].sort() };
  return { kind: 'every_update', columns: isSnapshot(file) ? [VERSION_COLUMN] : [file.source.cursor?.column ?? ''] };
};

/** Columns that the source has to give for it. */
export const emitColumns = (emit: Emit): readonly string[] =>
  emit.kind === 'once' ? [] : emit.columns.filter((name) => name !== VERSION_COLUMN);

/** @param columns undefined (offline): any name may be a column */
export const checkEmit = (file: MappingFile, columns: readonly Column[] | undefined): TemplateProblem[] => {
  if (columns === undefined || typeof file.emit !== 'object') return [];
  const names = columns.map(({ name }) => name);
  return file.emit.on_change.flatMap((name, n): TemplateProblem[] => {
    if (names.includes(name)) return [];
    const message = `unknown column "${name}"`;
    const hint = suggestion(name, names);
    return [
      {
        code: 'unknown-column',
        message,
        hint,
        start: 0,
        end: name.length,
        path: ['emit', 'on_change', n],
        source: name,
      },
    ];
  });
};

/**
 * The part of a row's identity beside its primary key, as text; undefined where there is none, so that a row that is sent once costs nothing.
 * JSON, so that NULL is none of the texts, and no separator in a text can make two lists one.
 */
export const bindEmit = (emit: Emit, columns: readonly Column[]): ((row: Row) => string) | undefined => {
  if (emit.kind === 'once') return undefined;
  const { kind } = emit;
  const parts = emit.columns.map((name) => [name, columns.findIndex((column) => column.name === name)] as const);
  return (row) => JSON.stringify([kind, ...parts.map(([name, index]) => [name, cellText(row[index] ?? null)])]);
};
