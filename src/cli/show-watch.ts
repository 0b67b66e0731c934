/** One frame of `status --watch`: a line for each mapping, what needs somebody below it. As wide and as high as the terminal, no line longer. */
import { durationText } from '../observe/duration-text.ts';
import type { RunRecord } from '../state/state-store.ts';
import type { Terminal } from './terminal.ts';
import type { WatchRow } from './watch-status.ts';

type Paint = Terminal['paint'];
type Format = 'green' | 'yellow' | 'red' | 'cyan' | 'dim' | 'bold';
type Cell = { readonly text: string; readonly format?: Format | undefined; readonly shown?: string };

export type Frame = {
  readonly width: number;
  readonly height: number;
  /** Epoch seconds. */
  readonly now: number;
  readonly paint: Paint;
};

/** From this width on there is room for more columns. */
const WIDE = 110;
const NAME_MAX = { narrow: 22, wide: 32 };
/** The strip of runs gets what the other columns leave. */
const STRIP_MAX = 24;
const STRIP_MIN = 4;

const short = (n: number): string => {
  if (n < 10_000) return n.toLocaleString('en-US');
  if (n < 1_000_000) return `${(n / 1000).toFixed(n < 100_000 ? 1 : 0)}k`;
  return `${(n / 1_000_000).toFixed(1)}M`;
};
const clip = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`);

/** The one word that says how a mapping is, worst first. */
const stateOf = ({ runs, isRunning, pausedSince, freshness, inDoubt }: WatchRow, now: number): Cell => {
  const [last] = runs;
  if (isRunning && last?.status === 'running')
    return { text: `running ${durationText(now - last.startedAt)}`, format: 'cyan' };
  if (pausedSince !== undefined) return { text: 'paused', format: 'yellow' };
  if (!last) return { text: 'never ran', format: 'dim' };
  if (last.status === 'running') return { text: 'cut off', format: 'red' };
  if (last.status === 'failed' && last.errorCode !== 'interrupted') return { text: 'failed', format: 'red' };
  if (freshness.level === 'alert') return { text: 'late', format: 'red' };
  if (freshness.level === 'warn') return { text: 'late', format: 'yellow' };
  if (inDoubt > 0) return { text: 'in doubt', format: 'yellow' };
  if (last.status === 'completed_with_rejections') return { text: 'rejections', format: 'yellow' };
  return { text: 'ok', format: 'green' };
};

const MARK = (run: RunRecord): [string, Format] => {
  if (run.status === 'running') return ['>', 'cyan'];
  if (run.status === 'failed') return run.errorCode === 'interrupted' ? ['-', 'dim'] : ['x', 'red'];
  if (run.status === 'completed_with_rejections') return ['!', 'yellow'];
  return (run.counts?.sent ?? 0) > 0 ? ['+', 'green'] : ['.', 'dim'];
};

/** The last runs, the newest on the right. */
const strip = (runs: readonly RunRecord[], length: number, paint: Paint): Cell => {
  const marks = runs.slice(0, length).reverse().map(MARK);
  return {
    text: marks.map(([mark]) => mark).join(''),
    shown: marks.map(([mark, format]) => paint(format, mark)).join(''),
  };
};

const number = (n: number, format?: Format): Cell => ({ text: short(n), format: n > 0 ? format : 'dim' });

const cellsOf = (row: WatchRow, { now, paint, width }: Frame, marks: number): Cell[] => {
  const isWide = width >= WIDE;
  const { freshness, nextAt, runs } = row;
  const age: Cell = {
    text: freshness.ageSeconds === null ? '-' : durationText(freshness.ageSeconds),
    format: ({ ok: undefined, warn: 'yellow', alert: 'red' } as const)[freshness.level],
  };
  const next: Cell = { text: nextAt === undefined ? '-' : durationText(Math.max(0, nextAt - now)) };
  return [
    { text: clip(row.mapping, isWide ? NAME_MAX.wide : NAME_MAX.narrow), format: 'bold' },
    stateOf(row, now),
    age,
    next,
    strip(runs, marks, paint),
    number(row.sent),
    ...(isWide ? [number(row.rejected, 'yellow')] : []),
    number(row.deadLetters, 'yellow'),
    ...(isWide ? [number(row.inDoubt, 'yellow')] : []),
  ];
};

const RIGHT = new Set(['fresh', 'next in', 'sent 24h', 'rejected', 'dead', 'in doubt']);

const headerOf = ({ width }: Frame): string[] => [
  'mapping',
  'state',
  'fresh',
  'next in',
  'runs',
  'sent 24h',
  ...(width >= WIDE ? ['rejected'] : []),
  'dead',
  ...(width >= WIDE ? ['in doubt'] : []),
];

/** What somebody should look at, a line each. */
const notesOf = ({ mapping, runs, freshness, inDoubt, deadLetters }: WatchRow): Cell[] => {
  const [last] = runs;
  const isFailed = last?.status === 'failed' && last.errorCode !== 'interrupted';
  return [
    ...(isFailed ? [{ text: `${mapping}: ${last.errorMessage} [${last.errorCode}]`, format: 'red' as const }] : []),
    ...(freshness.reason === null
      ? []
      : [
          {
            text: `${mapping}: rows may have waited for ${durationText(freshness.ageSeconds ?? 0)}, ${freshness.reason}`,
            format: 'yellow' as const,
          },
        ]),
    ...(inDoubt > 0
      ? [{ text: `${mapping}: ${short(inDoubt)} events are in doubt; the next run sends them again` }]
      : []),
    ...(deadLetters > 0
      ? [{ text: `${mapping}: capi-sync dead-letters list ${mapping}`, format: 'dim' as const }]
      : []),
  ];
};

/** @returns the lines, no more than the terminal has */
export const watchFrame = (rows: readonly WatchRow[], frame: Frame): string[] => {
  const { paint, width, height, now } = frame;
  const header = headerOf(frame);
  const widthsOf = (all: readonly (readonly Cell[])[]): number[] =>
    header.map((name, n) => Math.max(name.length, ...all.map((row) => row[n]?.text.length ?? 0)));
  const bare = widthsOf(rows.map((row) => cellsOf(row, frame, STRIP_MIN)));
  const spare = width - bare.reduce((sum, each) => sum + each + 2, -2);
  const marks = Math.max(STRIP_MIN, Math.min(STRIP_MAX, STRIP_MIN + spare));
  const cells = rows.map((row) => cellsOf(row, frame, marks));
  const widths = widthsOf(cells);
  // Where nothing else helps, names give way.
  const over = widths.reduce((sum, each) => sum + each + 2, -2) - width;
  if (over > 0) widths[0] = Math.max(8, (widths[0] ?? 0) - over);
  const line = (row: readonly Cell[]): string =>
    row
      .map(({ text: whole, format, shown }, n) => {
        const text = shown === undefined ? clip(whole, widths[n] ?? 0) : whole;
        const space = ' '.repeat(Math.max(0, (widths[n] ?? 0) - text.length));
        const painted = shown ?? (format ? paint(format, text) : text);
        return RIGHT.has(header[n] ?? '') ? space + painted : painted + space;
      })
      .join('  ')
      .trimEnd();
  const time = new Date(now * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const legend = 'runs: + sent  . nothing new  ! rejections  x failed  - stopped  > now';
  const title = `capi-sync  ${time} UTC  ${rows.length} mapping${rows.length === 1 ? '' : 's'}`;
  const body = [clip(title, width), '', paint('bold', line(header.map((text) => ({ text })))), ...cells.map(line)];
  const urgency = ({ format }: Cell): number => ['red', 'yellow', undefined, 'dim'].indexOf(format);
  const notes = rows.flatMap(notesOf).sort((a, b) => urgency(a) - urgency(b));
  const room = Math.max(0, height - body.length - 3);
  // The last line says how much more there is.
  const shown = notes.length <= room ? notes : notes.slice(0, Math.max(0, room - 1));
  const more = notes.length - shown.length;
  return [
    ...body.slice(0, Math.max(1, height - 1)),
    ...(shown.length > 0 ? [''] : []),
    ...shown.map(({ text, format }) => (format ? paint(format, clip(text, width)) : clip(text, width))),
    ...(more > 0 && room > 0 ? [paint('dim', `and ${more} more: capi-sync status`)] : []),
    '',
    paint('dim', clip(legend, width)),
  ].slice(0, height);
};
