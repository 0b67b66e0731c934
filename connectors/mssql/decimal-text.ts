/** Sums of exact decimal numbers as text: 38 digits are more than a JavaScript number holds. */

/** `text + amount`, with as many digits behind the point as the longer of the two has. */
export function addDecimals(text: string, amount: string): string {
  const scale = Math.max(scaleOf(text), scaleOf(amount));
  return written(unitsOf(text, scale) + unitsOf(amount, scale), scale);
}

export function negated(text: string): string {
  return text.startsWith('-') ? text.slice(1) : `-${text.replace(/^\+/, '')}`;
}

function scaleOf(text: string): number {
  return text.split('.')[1]?.length ?? 0;
}

function unitsOf(text: string, scale: number): bigint {
  const [whole = '0', behind = ''] = text.replace(/^[+-]/, '').split('.');
  const units = BigInt(`${whole}${behind.padEnd(scale, '0')}`);
  return text.startsWith('-') ? -units : units;
}

function written(units: bigint, scale: number): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${units < 0n ? '-' : ''}${digits.slice(0, point)}${scale === 0 ? '' : `.${digits.slice(point)}`}`;
}
