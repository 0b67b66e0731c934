/** Where the log of `start` goes: lines for people on a terminal, JSON elsewhere, unless told otherwise. On stderr. */
import { type Log, openLog } from '../observe/log.ts';
import type { LogFormat, LogLevel } from '../observe/log-levels.ts';
import { prettyLine } from '../observe/pretty-log.ts';
import { paintErr, type Terminal } from './terminal.ts';

export type LogChoice = { readonly logLevel?: LogLevel | undefined; readonly logFormat?: LogFormat | undefined };

export const logTo = (terminal: Terminal, { logLevel = 'info', logFormat }: LogChoice): Log => {
  const isPretty = (logFormat ?? (terminal.isInteractive ? 'pretty' : 'json')) === 'pretty';
  const paint = paintErr(terminal);
  return openLog({
    level: logLevel,
    write: (line) => void terminal.errStream.write(isPretty ? prettyLine(line, paint) : line),
  });
};
