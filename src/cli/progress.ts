/** Progress of long work: a bar that redraws itself on a terminal, a line every 10 s elsewhere. On stderr. */
import type { Progress } from '../sync/run-mapping.ts';
import { count, type Terminal } from './terminal.ts';

const BAR = 24;

export type ProgressDisplay = { readonly show: (progress: Progress) => void; readonly end: () => void };

/** @param now epoch milliseconds */
export const progressDisplay = (terminal: Terminal, now: () => number): ProgressDisplay => {
  const every = terminal.isInteractive ? 100 : 10_000;
  let started = now();
  let shownAt = started;
  let mapping = '';
  let drawn = false;
  const clear = (): void => {
    if (drawn) terminal.errStream.write('\r\u001b[2K');
    drawn = false;
  };
  return {
    show: (progress) => {
      if (progress.mapping !== mapping) {
        mapping = progress.mapping;
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

export const progressText = ({ mapping, counts, totalRows }: Progress, seconds: number, withBar: boolean): string => {
  const rate = seconds > 0 ? counts.read / seconds : 0;
  const share = totalRows ? Math.min(1, counts.read / totalRows) : undefined;
  const bar = withBar && share !== undefined ? `[${'#'.repeat(Math.round(share * BAR)).padEnd(BAR, '.')}] ` : '';
  const of = totalRows === undefined ? '' : ` of ${count(totalRows)}`;
  const left =
    share !== undefined && rate > 0 && totalRows !== undefined
      ? `, ${duration(Math.max(0, totalRows - counts.read) / rate)} left`
      : '';
  return `${mapping} ${bar}${count(counts.read)}${of} rows, ${count(Math.round(rate))} rows/s, ${count(counts.sent)} sent${left}`;
};

/** `45s`, `3m 20s`, `2h 5m`. */
export const duration = (seconds: number): string => {
  const s = Math.round(seconds);
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m ${s % 60}s`;
  return s < 172_800
    ? `${Math.floor(s / 3600)}h ${Math.floor((s % 3600) / 60)}m`
    : `${Math.floor(s / 86_400)}d ${Math.floor((s % 86_400) / 3600)}h`;
};
