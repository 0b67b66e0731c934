/** `explain <mapping> --key K`: one row's way, from its values to what the next run does with it. Sends nothing, records nothing. */
import type { Source } from '../../../connectors/connector.ts';
import { destinationOf, openProjectState, openSource } from '../../app.ts';
import type { Project } from '../../config/load-project.ts';
import { EXIT, FatalError } from '../../errors.ts';
import { type Explained, openExplainer } from '../../explain/open-explainer.ts';
import type { ParsedMapping } from '../../mapping/compile-mapping.ts';
import type { StateStore } from '../../state/state-store.ts';
import type { Command } from '../command.ts';
import { loadOrFail } from '../load.ts';
import { explainedJson, showExplained } from '../show-explained.ts';

export const explain: Command<[name: string, options: { readonly key: readonly string[] }]> = async (
  { configFile, json, terminal },
  name,
  { key },
) => {
  const { project, mappings } = await loadOrFail(configFile, terminal, [name]);
  const mapping = mappings[0] as ParsedMapping;
  checkKey(mapping, key);
  const explained = await withBoth(project, mapping, async (source, state) => {
    const datasetId = destinationOf(project, mapping).dataset_id;
    const secret = project.config.stateSecret?.reveal();
    const now = Math.floor(Date.now() / 1000);
    const open = await openExplainer(mapping, { source, state, secret, datasetId, now });
    return open(key);
  });
  terminal.out(json ? JSON.stringify(explainedJson(explained)) : showExplained(explained, terminal));
  return EXIT.ok;
};

export const checkKey = ({ name, primaryKey }: ParsedMapping, key: readonly string[]): void => {
  if (key.length === primaryKey.length) return;
  const columns = primaryKey.join(', ');
  throw new FatalError(
    'usage',
    `the primary key of "${name}" has ${primaryKey.length === 1 ? 'one column' : `${primaryKey.length} columns`}: ${columns}`,
    {
      hint: 'give --key once for each of them, in this order',
      exitCode: EXIT.usage,
    },
  );
};

const withBoth = async (
  project: Project,
  mapping: ParsedMapping,
  work: (source: Source, state: StateStore | undefined) => Promise<Explained>,
): Promise<Explained> => {
  const state = await openProjectState(project, { mustExist: true }).catch((error: unknown) => {
    // Before the first run there is nothing to remember.
    if (error instanceof FatalError && error.code === 'state-missing') return undefined;
    throw error;
  });
  try {
    const source = await openSource(project, mapping);
    try {
      return await work(source, state);
    } finally {
      await source.close();
    }
  } finally {
    await state?.close();
  }
};
