/** `runs [mapping]`: the run history, newest first. Reads state only. */
import { openProjectState } from '../../app.ts';
import { EXIT } from '../../errors.ts';
import { estimateOf } from '../../quality/coverage.ts';
import type { RunRecord } from '../../state/state-store.ts';
import { FULL } from '../../sync/plan-slices.ts';
import type { Command } from '../command.ts';
import { loadOrFail, selectMappings } from '../load.ts';
import { horizonJson } from '../show-horizon.ts';
import { matchKeysJson } from '../show-match-keys.ts';
import { countsJson, STATUS } from '../show-runs.ts';
import { count, type Terminal, table } from '../terminal.ts';

const recordJson = (run: RunRecord): object => ({
  id: run.id,
  mapping: run.mapping,
  slice: run.slice ?? null,
  status: run.status,
  started_at: run.startedAt,
  ended_at: run.endedAt ?? null,
  ...(run.counts && countsJson(run.counts)),
  horizon: run.horizon ? horizonJson(run.horizon) : null,
  consent: run.consent ?? null,
  match_keys: run.matchKeys ? matchKeysJson(run.matchKeys) : null,
  error: run.errorCode ? { code: run.errorCode, message: run.errorMessage ?? '' } : null,
});

export const runs: Command<[name: string | undefined, options: { readonly limit: number }]> = async (
  { configFile, json, terminal },
  name,
  { limit },
) => {
  const { project, mappings } = await loadOrFail(configFile, terminal);
  if (name !== undefined) selectMappings(mappings, [name]);
  const state = await openProjectState(project, { mustExist: true });
  try {
    const records = await state.listRuns(name, limit);
    if (json) terminal.out(JSON.stringify({ runs: records.map(recordJson) }));
    else if (records.length === 0) terminal.out('no runs yet');
    else terminal.out(showRecords(records, name === undefined, terminal));
    return EXIT.ok;
  } finally {
    await state.close();
  }
};

const time = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(5, 16).replace('T', ' ');

/** Fits 80 columns where the mapping's name is short; what cannot be shown in numbers stands below the table. */
const showRecords = (records: readonly RunRecord[], withNames: boolean, { paint }: Pick<Terminal, 'paint'>): string => {
  const rows = records.map((run) => [
    ...(withNames ? [run.mapping] : []),
    time(run.startedAt),
    run.status === 'running' ? 'running' : STATUS[run.status],
    ...(run.counts ? [run.counts.read, run.counts.sent, run.counts.rejected].map(count) : ['', '', '']),
    run.endedAt === undefined ? '' : count(run.endedAt - run.startedAt),
    (run.matchKeys && estimateOf(run.matchKeys)) ?? '',
  ]);
  const header = ['started UTC', 'status', 'read', 'sent', 'rejected', 'seconds', 'match (est.)'];
  const slices = records
    .filter((run) => run.slice !== undefined)
    .map(
      (run) =>
        `${time(run.startedAt)} ${run.mapping}: ${run.slice === FULL ? 'everything again' : `slice ${run.slice}`}`,
    );
  const errors = records
    .filter((run) => run.errorCode !== undefined)
    .map((run) => `${time(run.startedAt)} ${run.mapping}: ${run.errorMessage} [${run.errorCode}]`);
  return [table(withNames ? ['mapping', ...header] : header, rows, paint), ...slices, ...errors].join('\n');
};
