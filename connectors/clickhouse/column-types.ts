import type { ColumnKind } from '../connector.ts';

/** A type without what is wrapped around it: `LowCardinality(Nullable(String))` is a String that may be NULL. */
export function unwrapped(type: string): { readonly bare: string; readonly nullable: boolean } {
  let bare = type.trim();
  let nullable = false;
  for (;;) {
    const wrapper = /^(LowCardinality|Nullable|SimpleAggregateFunction)\((.*)\)$/s.exec(bare);
    if (wrapper === null) return { bare, nullable: nullable || /^(Variant|Dynamic|Nothing)\b/.test(bare) };
    nullable ||= wrapper[1] === 'Nullable';
    const inner = wrapper[2] ?? '';
    bare = (wrapper[1] === 'SimpleAggregateFunction' ? inner.slice(inner.indexOf(',') + 1) : inner).trim();
  }
}

/** `DateTime64(6, 'UTC')` → `DateTime64`. */
export function family(bare: string): string {
  return /^\w+/.exec(bare)?.[0] ?? '';
}

const json = new Set(
  'Array Tuple Map Nested JSON Object Variant Dynamic Point Ring LineString MultiLineString Polygon MultiPolygon Geometry QBit'.split(
    ' ',
  ),
);

export function kindOf(bare: string): ColumnKind {
  const name = family(bare);
  if (/^U?Int\d+$/.test(name)) return 'integer';
  if (name.startsWith('Decimal')) return 'decimal';
  if (/^B?Float\d+$/.test(name)) return 'float';
  if (name === 'Bool') return 'boolean';
  // Always an instant; the zone of a type is only how it is shown.
  if (name === 'DateTime' || name === 'DateTime32' || name === 'DateTime64') return 'timestamptz';
  if (name === 'Date' || name === 'Date32') return 'date';
  if (name === 'AggregateFunction') return 'bytes';
  return json.has(name) ? 'json' : 'text';
}

/** Digits of a second that a time keeps. */
export function scaleOfTime(bare: string): number {
  return bare.startsWith('DateTime64') ? Number(/\((\d+)/.exec(bare)?.[1] ?? 3) : 0;
}

/** `Decimal(10, 2)` → 10 and 2. The server writes every decimal this way. */
export function decimalOf(bare: string): { readonly precision: number; readonly scale: number } {
  const [, precision, scale] = /\((\d+)(?:,\s*(\d+))?\)/.exec(bare) ?? [];
  return { precision: Number(precision ?? 76), scale: Number(scale ?? 0) };
}

/** The least and the greatest value of `Int64`, `UInt256`, .... */
export function boundsOfInteger(bare: string): { readonly least: bigint; readonly greatest: bigint } {
  const [, unsigned, bits] = /^(U?)Int(\d+)$/.exec(bare) ?? [];
  const width = BigInt(bits ?? 64);
  if (unsigned === 'U') return { least: 0n, greatest: (1n << width) - 1n };
  return { least: -(1n << (width - 1n)), greatest: (1n << (width - 1n)) - 1n };
}
