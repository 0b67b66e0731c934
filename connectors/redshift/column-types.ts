import type { ColumnKind } from '../connector.ts';

type Known = { readonly name: string; readonly kind: ColumnKind };

/** Types by their number in a result: those of PostgreSQL that Redshift has, and its own. */
const types: Readonly<Record<number, Known>> = {
  16: { name: 'boolean', kind: 'boolean' },
  20: { name: 'bigint', kind: 'integer' },
  21: { name: 'smallint', kind: 'integer' },
  23: { name: 'integer', kind: 'integer' },
  700: { name: 'real', kind: 'float' },
  701: { name: 'double precision', kind: 'float' },
  1042: { name: 'char', kind: 'text' },
  1043: { name: 'varchar', kind: 'text' },
  1082: { name: 'date', kind: 'date' },
  1114: { name: 'timestamp', kind: 'timestamp' },
  1184: { name: 'timestamptz', kind: 'timestamptz' },
  1700: { name: 'numeric', kind: 'decimal' },
  2935: { name: 'hllsketch', kind: 'bytes' },
  4000: { name: 'super', kind: 'json' },
  6551: { name: 'varbyte', kind: 'bytes' },
};

/** What a column of a result is. `modifier` carries length or precision, four more than it says. */
export function typeOf(number: number, modifier: number): Known {
  const known = types[number];
  if (known === undefined) return { name: 'text', kind: 'text' }; // geometry, time, interval, ...: the text of them is all that is wanted
  if (modifier < 4) return known;
  const size = modifier - 4;
  if (known.name === 'numeric') return { ...known, name: `numeric(${size >> 16},${size & 0xffff})` };
  return known.name === 'char' || known.name === 'varchar' ? { ...known, name: `${known.name}(${size})` } : known;
}
