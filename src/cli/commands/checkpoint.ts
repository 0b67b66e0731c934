/** `checkpoint show | export`: how far each mapping is. Reads state only. */
import { openProjectState } from '../../app.ts';
import { EXIT } from '../../errors.ts';
import type { Command } from '../command.ts';
import { loadOrFail, selectMappings } from '../load.ts';
import { minute } from '../show-dead-letters.ts';
import { table } from '../terminal.ts';

const readAll = async ({ configFile, terminal }: Parameters<Command<[]>>[0], names: readonly string[]) => {
  const { project, mappings } = await loadOrFail(configFile, terminal);
  selectMappings(mappings, names);
  const state = await openProjectState(project, { mustExist: true });
  const all = await state.listCheckpoints().finally(state.close);
  return all
    .filter(({ mapping }) => names.length === 0 || names.includes(mapping))
    .map(({ mapping, checkpoint, updatedAt }) => ({ mapping, ...checkpoint, updated_at: updatedAt }));
};

export const showCheckpoints: Command<[names: readonly string[]]> = async (context, names) => {
  const { json, terminal } = context;
  const checkpoints = await readAll(context, names);
  if (json) terminal.out(JSON.stringify({ checkpoints }));
  else if (checkpoints.length === 0) terminal.out('no checkpoints yet');
  else
    terminal.out(
      table(
        ['mapping', 'cursor', 'key', 'moved (UTC)'],
        checkpoints.map((each) => [each.mapping, each.cursor, each.key.join(', '), minute(each.updated_at).slice(5)]),
        terminal.paint,
      ),
    );
  return EXIT.ok;
};

/** JSON with or without --json: it is meant for `checkpoint import`. */
export const exportCheckpoints: Command<[names: readonly string[]]> = async (context, names) => {
  const checkpoints = await readAll(context, names);
  context.terminal.out(JSON.stringify({ version: 1, checkpoints }, undefined, 2));
  return EXIT.ok;
};
