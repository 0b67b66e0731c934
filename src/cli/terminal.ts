/** Where a command writes: data on stdout, everything else on stderr. Colour and width are known here and nowhere else. */
import { styleText } from 'node:util';
import { type Environment, wantsColor } from '../config/environment.ts';

type Stream = { write: (text: string) => unknown; isTTY?: boolean; columns?: number; rows?: number };
type Format = Parameters<typeof styleText>[0];

export type Terminal = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Colours a text for stdout. */
  readonly paint: (format: Format, text: string) => string;
  readonly colorErr: boolean;
  readonly isInteractive: boolean;
  /** Columns of stdout, 80 where it is no terminal. */
  readonly width: number;
  readonly errStream: Stream;
  readonly outStream: Stream;
};

export const openTerminal = (stdout: Stream, stderr: Stream, environment: Environment): Terminal => {
  const color = wantsColor(environment, stdout);
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    paint: (format, text) => (color ? styleText(format, text, { validateStream: false }) : text),
    colorErr: wantsColor(environment, stderr),
    isInteractive: stderr.isTTY === true,
    width: stdout.columns ?? (Number(environment.COLUMNS) || 80),
    errStream: stderr,
    outStream: stdout,
  };
};

/** Colours a text for stderr. */
export const paintErr =
  ({ colorErr }: Pick<Terminal, 'colorErr'>) =>
  (format: Format, text: string): string =>
    colorErr ? styleText(format, text, { validateStream: false }) : text;

/** A table with a header; numbers on the right. `rows` hold texts already as shown. */
export const table = (
  header: readonly string[],
  rows: readonly (readonly string[])[],
  paint: Terminal['paint'],
): string => {
  const widths = header.map((name, n) => Math.max(name.length, ...rows.map((row) => row[n]?.length ?? 0)));
  const numeric = header.map((_, n) => rows.length > 0 && rows.every((row) => /^[\d,.\s%–-]*$/.test(row[n] ?? '')));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, n) => (numeric[n] ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0)))
      .join('  ')
      .trimEnd();
  return [paint('bold', line(header)), ...rows.map(line)].join('\n');
};

export const count = (n: number): string => n.toLocaleString('en-US');
