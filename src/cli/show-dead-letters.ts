/** Dead letters, for people and as data: primary keys, codes and times. There is nothing else in them to show. */
import { ERROR_CODES, EVENT_SUBCODES } from '../meta/error-codes.ts';
import { REJECTION_CODES } from '../meta/rejection-codes.ts';
import { UNREADABLE_CODES } from '../meta/unreadable-codes.ts';
import type { StoredDeadLetter } from '../state/state-store.ts';
import { count, type Terminal, table } from './terminal.ts';
import { cut, wrap } from './wrap.ts';

export type LetterSummary = { readonly code: string; readonly field: string | undefined; readonly rows: number };

/** `2026-11-20 10:00` */
export const minute = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');

export const letterJson = (letter: StoredDeadLetter) => ({
  mapping: letter.mapping,
  key: letter.rowKey,
  origin: letter.origin,
  code: letter.code,
  field: letter.field ?? null,
  meta_code: letter.metaCode ?? null,
  meta_subcode: letter.metaSubcode ?? null,
  times: letter.times,
  first_at: letter.firstAt,
  last_at: letter.lastAt,
});

const codeOf = ({ code, metaCode, metaSubcode }: StoredDeadLetter): string =>
  metaCode === undefined ? code : `${code} ${metaCode}${metaSubcode === undefined ? '' : `/${metaSubcode}`}`;

const lineWidth = (text: string): number => text.split('\n').reduce((most, line) => Math.max(most, line.length), 0);

export const showLetters = (
  letters: readonly StoredDeadLetter[],
  summary: readonly LetterSummary[],
  withNames: boolean,
  { paint, width }: Pick<Terminal, 'paint' | 'width'>,
): string => {
  const plain = (_: unknown, text: string): string => text;
  const draw = (color: Terminal['paint'], most = { key: 99, field: 99, year: 0 }): string =>
    table(
      [...(withNames ? ['mapping'] : []), 'key', 'code', 'field', 'last (UTC)'],
      letters.map((letter) => [
        ...(withNames ? [letter.mapping] : []),
        cut(letter.rowKey.join(', '), most.key),
        codeOf(letter),
        cut(letter.field ?? '', most.field),
        minute(letter.lastAt).slice(most.year),
      ]),
      color,
    );
  const over = lineWidth(draw(plain)) - width;
  // A long line loses the year, then the ends of fields and keys.
  const lines = [over > 0 ? draw(paint, { key: 16, field: Math.max(8, 24 - over), year: 5 }) : draw(paint)];
  const total = totalOf(summary);
  if (total > letters.length) lines.push(`… ${count(total - letters.length)} more (--limit)`);
  const rows = summary.map((each) => [count(each.rows), each.code, each.field ?? '']);
  lines.push('', table(['rows', 'code', 'field'], rows, paint));
  const subcodes = new Set(letters.flatMap(({ metaSubcode }) => (metaSubcode === undefined ? [] : [metaSubcode])));
  for (const subcode of subcodes) if (EVENT_SUBCODES[subcode]) lines.push(`${subcode}: ${EVENT_SUBCODES[subcode]}`);
  return lines.join('\n');
};

export const totalOf = (summary: readonly LetterSummary[]): number => summary.reduce((sum, { rows }) => sum + rows, 0);

/** What the code means and what mends it, as far as is known. */
export const causeOf = ({
  code,
  metaCode,
  metaSubcode,
}: Pick<StoredDeadLetter, 'code' | 'metaCode' | 'metaSubcode'>): { meaning: string; cure: string } => {
  if (Object.hasOwn(REJECTION_CODES, code)) return REJECTION_CODES[code as keyof typeof REJECTION_CODES];
  if (Object.hasOwn(UNREADABLE_CODES, code)) return UNREADABLE_CODES[code as keyof typeof UNREADABLE_CODES];
  const said = EVENT_SUBCODES[metaSubcode ?? -1] ?? ERROR_CODES[String(metaCode)]?.meaning;
  return {
    meaning: said === undefined ? 'Meta refused the event' : `Meta refused the event: ${said}`,
    cure: 'docs/errors.md has the cause and the cure',
  };
};

export type LetterDates = {
  /** Epoch seconds; undefined: it is not tried again unless the row changes. */
  readonly nextTryAt: number | undefined;
  readonly goneAt: number;
};

export const showLetter = (
  letter: StoredDeadLetter,
  { nextTryAt, goneAt }: LetterDates,
  { paint, width }: Pick<Terminal, 'paint' | 'width'>,
): string => {
  const { meaning, cure } = causeOf(letter);
  const lines: (readonly [string, string])[] = [
    ['reason', letter.field === undefined ? codeOf(letter) : `${codeOf(letter)} (${letter.field})`],
    ['found', letter.origin === 'local' ? 'here, before anything was sent' : 'by Meta'],
    ['meaning', meaning],
    ['cure', cure],
    ['first', `${minute(letter.firstAt)} UTC`],
    ['last', `${minute(letter.lastAt)} UTC, ${letter.times === 1 ? 'one try' : `${count(letter.times)} tries`}`],
    [
      'next',
      nextTryAt === undefined ? 'when the row changes' : `after ${minute(nextTryAt)} UTC, or when the row changes`,
    ],
    ['kept', `until ${minute(goneAt)} UTC`],
  ];
  return [
    paint('bold', `${letter.mapping}, row ${letter.rowKey.join(', ')}: not sent`),
    ...lines.flatMap(([name, text]) =>
      wrap(text, width - 11).map((part, n) => `  ${(n === 0 ? name : '').padEnd(9)}${part}`),
    ),
  ].join('\n');
};

const CSV = [
  'mapping',
  'key',
  'code',
  'field',
  'origin',
  'meta_code',
  'meta_subcode',
  'times',
  'first_at',
  'last_at',
] as const;

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** One line a dead letter, times in ISO 8601. A key of several columns is a JSON list in CSV. */
export const exportLetters = (letters: readonly StoredDeadLetter[], format: 'jsonl' | 'csv'): string => {
  const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
  const all = letters.map((letter) => ({
    ...letterJson(letter),
    first_at: iso(letter.firstAt),
    last_at: iso(letter.lastAt),
  }));
  if (format === 'jsonl') return all.map((each) => JSON.stringify(each)).join('\n');
  const cell = (value: (typeof all)[number][(typeof CSV)[number]]): string =>
    typeof value === 'object' && value !== null
      ? quoted(value.length === 1 ? (value[0] ?? '') : JSON.stringify(value))
      : quoted(String(value ?? ''));
  return [CSV.join(','), ...all.map((each) => CSV.map((name) => cell(each[name])).join(','))].join('\n');
};
