/** Progress of long work: a bar that redraws itself on a terminal, a line every 10 s elsewhere. On stderr. */
import { durationText } from '../observe/duration-text.ts';
import type { Progress } from '../sync/run-mapping.ts';
import { count, type Terminal } from './terminal.ts';

const BAR = 24;

export type ProgressDisplay = { readonly show: (progress: Progress) => void; readonly end: () => void };

/** @param now epoch milliseconds */
export const progressDisplay = (terminal: Terminal, now: () => number): ProgressDisplay => {
  const every = terminal.isInteractive ? 100 : 10_000;
  let started = now();
  let shownAt = started;
  let shown = '';
  let drawn = false;
  const clear = (): void => {
    if (drawn) terminal.errStream.write('\r\u001b[2K');
    drawn = false;
  };
  return {
    show: (progress) => {
      const name = `${progress.mapping} ${progress.slice?.at ?? ''}`;
      if (name !== shown) {
        shown = name;
        started = now();
        shownAt = started;
      }
      if (now() - shownAt < every) return;
      shownAt = now();
      const text = progressText(progress, (now() - started) / 1000, terminal.isInteractive);
      if (!terminal.isInteractive) return terminal.err(text);
      terminal.errStream.write(`\r\u001b[2K${text.slice(0, (terminal.errStream.columns ?? 80) - 1)}`);
      drawn = true;
    },
    end: clear,
  };
};

export const progressText = (
  { mapping, counts, totalRows, slice }: Progress,
  seconds: number,
  withBar: boolean,
): string => {
  const rate = seconds > 0 ? counts.read / seconds : 0;
  const share = totalRows ? Math.min(1, counts.read / totalRows) : undefined;
  const bar = withBar && share !== undefined ? `[${'#'.repeat(Math.round(share * BAR)).padEnd(BAR, '.')}] ` : '';
  const of = totalRows === undefined ? '' : ` of ${count(totalRows)}`;
  const left =
    share !== undefined && rate > 0 && totalRows !== undefined
      ? `, ${durationText(Math.max(0, totalRows - counts.read) / rate)} left`
      : '';
  const part = slice && slice.of > 1 ? `slice ${slice.at} of ${slice.of} ` : '';
  return `${mapping} ${part}${bar}${count(counts.read)}${of} rows, ${count(Math.round(rate))} rows/s, ${count(counts.sent)} sent${left}`;
};
