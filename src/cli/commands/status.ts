/** `status`: checkpoint, last run and what waits for a person, per mapping. Reads state only. */
import { openProjectState } from '../../app.ts';
import { EXIT } from '../../errors.ts';
import { estimateOf, type MatchCoverage } from '../../quality/coverage.ts';
import type { RunRecord, StateStore } from '../../state/state-store.ts';
import type { Command } from '../command.ts';
import { loadOrFail } from '../load.ts';
import { duration } from '../progress.ts';
import { matchKeysJson } from '../show-match-keys.ts';
import { countsJson } from '../show-runs.ts';
import { count, table } from '../terminal.ts';

/** A run that found nothing new says nothing about keys: so many runs are looked back for one that does. */
const LOOK_BACK = 20;

const lastRuns = async (
  state: Pick<StateStore, 'listRuns'>,
  mapping: string,
): Promise<{ run: RunRecord | undefined; matchKeys: MatchCoverage | undefined }> => {
  const records = await state.listRuns(mapping, LOOK_BACK);
  return { run: records[0], matchKeys: records.find(({ matchKeys }) => matchKeys && matchKeys.events > 0)?.matchKeys };
};

export const status: Command<[]> = async ({ configFile, json, terminal }) => {
  const { project, mappings } = await loadOrFail(configFile, terminal);
  const state = await openProjectState(project, { mustExist: true });
  try {
    const now = Math.floor(Date.now() / 1000);
    const all = await Promise.all(
      mappings.map(async ({ name }) => ({
        mapping: name,
        checkpoint: await state.readCheckpoint(name),
        ...(await lastRuns(state, name)),
        deadLetters: await state.countDeadLetters(name),
        inDoubt: await state.countInDoubt(name),
      })),
    );
    if (json) {
      const shown = all.map(({ mapping, checkpoint, run, matchKeys, deadLetters, inDoubt }) => ({
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
        match_keys: matchKeys ? matchKeysJson(matchKeys) : null,
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
    for (const { mapping, matchKeys } of all)
      if (matchKeys) terminal.out(`${mapping}: match quality, an estimate: ${estimateOf(matchKeys)}`);
    return EXIT.ok;
  } finally {
    await state.close();
  }
};
