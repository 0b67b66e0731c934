/** The findings of `check`, for people and as JSON. What is to be pasted stands in lines of its own, never broken. */
import type { Finding } from '../check/finding.ts';
import type { Terminal } from './terminal.ts';
import { wrap } from './wrap.ts';

const COLOR = { ok: 'green', warning: 'yellow', problem: 'red' } as const;
const LEVEL = 9;
const CODE = 19;

export const showFindings = (
  mapping: string,
  findings: readonly Finding[],
  { paint, width }: Pick<Terminal, 'paint' | 'width'>,
): string => {
  const indent = 2 + LEVEL + CODE;
  const beside = (text: string): string[] => wrap(text, Math.max(20, width - indent));
  const lines = findings.flatMap(({ code, level, text, cure, paste }) => {
    const [first = '', ...rest] = beside(text);
    const more = [...rest, ...(cure === undefined ? [] : beside(cure))];
    return [
      `  ${paint(COLOR[level], level.padEnd(LEVEL))}${code.padEnd(CODE - 1)} ${first}`,
      ...more.map((line) => `${' '.repeat(indent)}${line}`),
      ...(paste ? paste.split('\n').map((line) => `      ${line}`) : []),
    ];
  });
  return [paint('bold', mapping), ...lines, ''].join('\n');
};

export const findingsJson = (checked: readonly { mapping: string; findings: readonly Finding[] }[]): object => ({
  ok: checked.every(({ findings }) => findings.every(({ level }) => level !== 'problem')),
  mappings: checked.map(({ mapping, findings }) => ({
    mapping,
    findings: findings.map(({ code, level, text, cure, paste }) => ({
      code,
      level,
      text,
      cure: cure ?? null,
      paste: paste ?? null,
    })),
  })),
});
