/** `status`: checkpoint, last run and what waits for a person, per mapping. Reads state only. */
import { openProjectState } from '../../app.ts';
import { EXIT } from '../../errors.ts';
import type { Command } from '../command.ts';
import { loadOrFail } from '../load.ts';
import { duration } from '../progress.ts';
import { countsJson } from '../show-runs.ts';
import { count, table } from '../terminal.ts';

export const status: Command<[]> = async ({ configFile, json, terminal }) => {
  const { project, mappings } = await loadOrFail(configFile, terminal);
  const state = await openProjectState(project, { mustExist: true });
  try {
    const now = Math.floor(Date.now() / 1000);
    const all = await Promise.all(
      mappings.map(async ({ name }) => ({
        mapping: name,
        checkpoint: await state.readCheckpoint(name),
        run: (await state.listRuns(name, 1))[0],
        deadLetters: await state.countDeadLetters(name),
        inDoubt: await state.countInDoubt(name),
      })),
    );
    if (json) {
      const shown = all.map(({ mapping, checkpoint, run, deadLetters, inDoubt }) => ({
        mapping,
        checkpoint: checkpoint ? { cursor: checkpoint.cursor, key: checkpoint.key } : null,
        last_run: run
          ? {
              status: run.status,
              started_at: run.startedAt,
              ended_at: run.endedAt ?? null,
              ...(run.counts && countsJson(run.counts)),
              error: run.errorCode ? { code: run.errorCode, message: run.errorMessage } : null,
            }
          : null,
        dead_letters: deadLetters,
        in_doubt: inDoubt,
      }));
      terminal.out(JSON.stringify({ mappings: shown }));
      return EXIT.ok;
    }
    const rows = all.map(({ mapping, checkpoint, run, deadLetters, inDoubt }) => [
      mapping,
      run ? run.status.replaceAll('_', ' ') : 'never ran',
      run?.endedAt === undefined ? '' : `${duration(now - run.endedAt)} ago`,
      run?.counts ? count(run.counts.sent) : '',
      checkpoint?.cursor ?? '',
      count(deadLetters),
      count(inDoubt),
    ]);
    terminal.out(
      table(['mapping', 'last run', 'ended', 'sent', 'checkpoint', 'dead letters', 'in doubt'], rows, terminal.paint),
    );
    for (const { mapping, run } of all)
      if (run?.errorCode) terminal.out(`${mapping}: ${run.errorMessage} [${run.errorCode}]`);
    return EXIT.ok;
  } finally {
    await state.close();
  }
};
