/** `status`: how fresh each mapping is, its checkpoint, last run and what waits for a person. Reads state; with `--source` also the sources. */
import { destinationOf, openProjectState, openSource } from '../../app.ts';
import type { Project } from '../../config/load-project.ts';
import { isSnapshot } from '../../config/source-mode.ts';
import { EXIT } from '../../errors.ts';
import type { ParsedMapping } from '../../mapping/compile-mapping.ts';
import { readHealth } from '../../observe/mapping-health.ts';
import type { Checkpoint, StateStore } from '../../state/state-store.ts';
import { toRunError } from '../../sync/run-error.ts';
import type { Command } from '../command.ts';
import { loadOrFail } from '../load.ts';
import { lookAtSource } from '../look-at-source.ts';
import { type MappingStatus, showStatus, statusJson } from '../show-status.ts';

type Source = MappingStatus['source'];

const askSource = async (
  project: Project,
  mapping: ParsedMapping,
  checkpoint: Checkpoint | undefined,
): Promise<{ source: Source; freshness?: MappingStatus['freshness'] }> => {
  try {
    const source = await openSource(project, mapping);
    try {
      const { rows, freshness, horizon } = await lookAtSource(
        mapping,
        source,
        checkpoint,
        destinationOf(project, mapping).dataset_id,
      );
      return { source: { rows, horizon }, freshness };
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
  const health = await readHealth(mapping, state, now);
  // How much of a snapshot waits is only known when it is compared.
  const asked =
    withSource && !isSnapshot(mapping.file)
      ? await askSource(project, mapping, health.checkpoint)
      : { source: undefined };
  return { ...health, freshness: asked.freshness ?? health.freshness, source: asked.source };
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
