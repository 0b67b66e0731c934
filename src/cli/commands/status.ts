/** `status`: how fresh each mapping is, its checkpoint, last run and what waits for a person. Reads state; with `--source` also the sources. */
import { destinationOf, openProjectState, openSource } from '../../app.ts';
import type { Project } from '../../config/load-project.ts';
import { EXIT } from '../../errors.ts';
import type { ParsedMapping } from '../../mapping/compile-mapping.ts';
import type { Checkpoint, RunRecord, StateStore } from '../../state/state-store.ts';
import { toRunError } from '../../sync/run-error.ts';
import type { Command } from '../command.ts';
import { freshnessOf } from '../freshness.ts';
import { loadOrFail } from '../load.ts';
import { lookAtSource } from '../look-at-source.ts';
import { type MappingStatus, showStatus, statusJson } from '../show-status.ts';

/** A run that found nothing new says nothing about keys, and a failed one nothing about freshness: so many runs are looked back. */
const LOOK_BACK = 200;

/** It read all there was when it began. A retry of dead letters reads nothing new. */
const isSync = ({ status, counts }: RunRecord): boolean =>
  (status === 'succeeded' || status === 'completed_with_rejections') && counts?.retried === undefined;

type Source = MappingStatus['source'];

const askSource = async (
  project: Project,
  mapping: ParsedMapping,
  checkpoint: Checkpoint | undefined,
): Promise<{ source: Source; freshness?: MappingStatus['freshness'] }> => {
  try {
    const source = await openSource(project, mapping);
    try {
      const { rows, freshness } = await lookAtSource(
        mapping,
        source,
        checkpoint,
        destinationOf(project, mapping).dataset_id,
      );
      return { source: { rows }, freshness };
    } finally {
      await source.close();
    }
  } catch (error) {
    return { source: { error: toRunError(error) } };
  }
};

const statusOf = async (
  project: Project,
  mapping: ParsedMapping,
  state: StateStore,
  now: number,
  withSource: boolean,
): Promise<MappingStatus> => {
  const { name } = mapping;
  const records = await state.listRuns(name, LOOK_BACK);
  const synced = records.find(isSync);
  const checkpoint = await state.readCheckpoint(name);
  const asked = withSource ? await askSource(project, mapping, checkpoint) : { source: undefined };
  return {
    mapping: name,
    checkpoint,
    run: records[0],
    matchKeys: records.find(({ matchKeys }) => matchKeys && matchKeys.events > 0)?.matchKeys,
    deadLetters: await state.countDeadLetters(name),
    inDoubt: await state.countInDoubt(name),
    freshness:
      asked.freshness ??
      (synced ? freshnessOf(mapping, 'last-sync', now - synced.startedAt) : freshnessOf(mapping, 'unknown', null)),
    source: asked.source,
  };
};

export const status: Command<[options: { readonly source?: boolean }]> = async (
  { configFile, json, terminal },
  { source = false },
) => {
  const { project, mappings } = await loadOrFail(configFile, terminal);
  const state = await openProjectState(project, { mustExist: true });
  try {
    const now = Math.floor(Date.now() / 1000);
    const all: MappingStatus[] = [];
    for (const mapping of mappings) all.push(await statusOf(project, mapping, state, now, source));
    terminal.out(json ? JSON.stringify({ mappings: all.map(statusJson) }) : showStatus(all, now, terminal));
    return EXIT.ok;
  } finally {
    await state.close();
  }
};
