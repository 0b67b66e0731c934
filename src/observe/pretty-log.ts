/** Lines of the log for people: time, level, mapping, what happened, and the fields as they are. */
import type { LogLevel } from './log-levels.ts';

/** Colours a text, where colours are wanted. */
type Paint = (format: 'dim' | 'bold' | 'gray' | 'green' | 'yellow' | 'red', text: string) => string;

const COLOUR = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const;
/** Shown in words of their own, or said by the message already. */
const ELSEWHERE = new Set(['ts', 'level', 'event', 'msg', 'mapping', 'error', 'hint']);

/** @param line one line of `openLog` */
export const prettyLine = (line: string, paint: Paint): string => {
  const { ts, level, msg, mapping, error, hint, ...fields } = JSON.parse(line) as Record<string, string> & {
    level: LogLevel;
  };
  const rest = Object.entries(fields)
    .filter(([name, value]) => !ELSEWHERE.has(name) && String(value) !== '0')
    .map(([name, value]) => `${paint('dim', `${name}=`)}${value}`);
  const words = [
    paint('dim', String(ts).slice(11, 23)),
    paint(COLOUR[level], level.padEnd(5)),
    ...(mapping === undefined ? [] : [paint('bold', mapping)]),
    String(msg),
    ...(error === undefined ? [] : [`- ${error}`]),
    ...rest,
  ];
  return `${words.join(' ')}\n${hint === undefined ? '' : `${' '.repeat(19)}${hint}\n`}`;
};
