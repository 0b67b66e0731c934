/** What a backfill did: its slices, and what is left of them. */
import type { BackfillResult } from '../sync/run-tools.ts';
import { count } from './terminal.ts';

export const backfillJson = ({ range, slices, finishedBefore, left, outdated }: BackfillResult): object => ({
  since: range?.from ?? null,
  until: range?.before ?? null,
  slices: slices.map(({ from, before, counts, isFinished }) => ({
    since: from || null,
    until: before || null,
    read: counts.read,
    sent: counts.sent,
    finished: isFinished,
  })),
  finished_before: finishedBefore,
  outdated,
  left,
});

const slicesText = (n: number): string => (n === 1 ? 'one slice' : `${count(n)} slices`);

export const backfillLines = (mapping: string, result: BackfillResult): string[] => {
  const { range, slices, finishedBefore, left, outdated } = result;
  const lines: string[] = [];
  if (!range) {
    if (outdated > 0)
      lines.push(`${mapping}: a full reading was begun under another source, key, cursor or filter: begun anew`);
    lines.push(
      left === 0
        ? `${mapping}: all rows were read again; the next run goes on from there`
        : `${mapping}: not all rows were read; the same command goes on from there, and the checkpoint has not moved`,
    );
    return lines;
  }
  if (outdated > 0)
    lines.push(
      `${mapping}: the source, key, cursor or filter changed: ${slicesText(outdated)} finished before count no more`,
    );
  const place = `${range.from} to ${range.before}`;
  if (left === 0 && slices.length === 0)
    lines.push(
      finishedBefore > 0
        ? `${mapping}: nothing is left of ${place}: all of it was read before. To read it once more: capi-sync checkpoint reset ${mapping} --slices`
        : `${mapping}: there is nothing to read`,
    );
  else {
    const done = slices.filter(({ isFinished }) => isFinished).length;
    lines.push(
      `${mapping}: ${place}: ${slicesText(done)} read${finishedBefore > 0 ? `, ${count(finishedBefore)} before` : ''}, ${left === 0 ? 'none left' : `${count(left)} left: the same command goes on`}`,
    );
  }
  return lines;
};
