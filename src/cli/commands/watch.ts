/** `status --watch`: the status of all mappings, until it is ended. Reads state only, so it needs no `start` to ask. */
import { openProjectState } from '../../app.ts';
import { EXIT } from '../../errors.ts';
import { waitFor } from '../../schedule/clock.ts';
import type { Command } from '../command.ts';
import { loadOrFail } from '../load.ts';
import { watchFrame } from '../show-watch.ts';
import { openScreen } from '../watch-screen.ts';
import { readWatch, type WatchRow } from '../watch-status.ts';

const EVERY_MS = 2_000;
const LINES = 24;

const rowJson = ({ mapping, runs, isRunning, pausedSince, freshness, ...counts }: WatchRow): object => ({
  mapping,
  running: isRunning,
  paused_since: pausedSince ?? null,
  last_run: runs[0] ? { status: runs[0].status, started_at: runs[0].startedAt } : null,
  freshness_seconds: freshness.ageSeconds,
  freshness: freshness.level,
  next_at: counts.nextAt ?? null,
  sent_24h: counts.sent,
  rejected_24h: counts.rejected,
  dead_letters: counts.deadLetters,
  in_doubt: counts.inDoubt,
});

export const watch: Command<[]> = async ({ configFile, json, terminal, stop }) => {
  const { project, mappings } = await loadOrFail(configFile, terminal);
  const state = await openProjectState(project, { mustExist: true });
  const out = terminal.outStream;
  const screen = json ? undefined : openScreen(out);
  try {
    while (!stop.aborted) {
      const now = Math.floor(Date.now() / 1000);
      const rows = await readWatch(mappings, state, now);
      if (!screen) terminal.out(JSON.stringify({ at: now, mappings: rows.map(rowJson) }));
      else {
        const height = out.rows ?? (out.isTTY ? LINES : Number.MAX_SAFE_INTEGER);
        screen.draw(watchFrame(rows, { width: out.columns ?? terminal.width, height, now, paint: terminal.paint }));
      }
      await waitFor(EVERY_MS, stop);
    }
    return EXIT.ok;
  } finally {
    screen?.end();
    await state.close();
  }
};
