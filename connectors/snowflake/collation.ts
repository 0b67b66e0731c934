import { SourceError } from '../connector.ts';
import type { Described } from '../sql/describe.ts';
import type { Run } from '../sql/dialect.ts';
import { dialect } from './dialect.ts';

/**
 * Texts of a collated column may differ and yet compare as equal: a reading that goes on from one of them would skip the other.
 * Asked of columns that rows are read in the order of; without a collation Snowflake compares bytes.
 */
export async function refuseCollated({ cursorColumn, keyColumns, relation, what }: Described, run: Run): Promise<void> {
  const texts = [cursorColumn, ...keyColumns].filter(({ type }) => type === 'VARCHAR');
  if (texts.length === 0) return;
  const asked = texts.map(({ name }) => `COLLATION(${dialect.quote(name)})`).join(', ');
  const [row] = await run([`SELECT ${asked} FROM ${relation} LIMIT 1`], `look at the collation of ${what}`);
  const at = (row ?? []).findIndex((collation) => typeof collation === 'string' && collation !== '');
  const column = texts[at];
  if (column === undefined) return;
  throw new SourceError('cursor-type', `key column "${column.name}" of ${what} is collated`, {
    hint: `texts that differ could compare as equal: read a query that selects COLLATE(${dialect.quote(column.name)}, '') as the key`,
  });
}
