import { SourceError } from '../connector.ts';

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** `a - b` of decimal texts, exact at any length. @throws SourceError `cursor-format` */
export function minus(a: string, b: string): string {
  const digits = Math.max(fractionOf(a).length, fractionOf(b).length);
  const difference = scaled(a, digits) - scaled(b, digits);
  const sign = difference < 0n ? '-' : '';
  const text = String(difference < 0n ? -difference : difference).padStart(digits + 1, '0');
  const fraction = text.slice(text.length - digits).replace(/0+$/, '');
  const whole = text.slice(0, text.length - digits);
  return `${sign}${digits === 0 ? text : whole}${digits === 0 || fraction === '' ? '' : `.${fraction}`}`;
}

function parts(text: string): RegExpExecArray {
  const found = DECIMAL.exec(text);
  if (found !== null) return found;
  throw new SourceError('cursor-format', 'the checkpoint of this cursor is not a number', {
    hint: 'see "capi-sync checkpoint show"',
  });
}

function fractionOf(text: string): string {
  return parts(text)[3] ?? '';
}

function scaled(text: string, digits: number): bigint {
  const [, sign, whole, fraction = ''] = parts(text);
  return BigInt(`${sign}${whole}${fraction.padEnd(digits, '0')}`);
}
