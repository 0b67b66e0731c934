/** The sum of two decimals as text, exact: `0.1` and `-1` make `-0.9`. Small and great exponents are not written by what calls this. */
export function addTo(text: string, other: string): string {
  const scale = Math.max(digitsBehind(text), digitsBehind(other));
  const sum = scaled(text, scale) + scaled(other, scale);
  const digits = String(sum < 0n ? -sum : sum).padStart(scale + 1, '0');
  const whole = `${sum < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}`;
  return scale === 0 ? whole : `${whole}.${digits.slice(digits.length - scale)}`;
}

function digitsBehind(text: string): number {
  return text.split('.')[1]?.length ?? 0;
}

function scaled(text: string, scale: number): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(`${whole}${fraction.padEnd(scale, '0')}`);
}
