/** `checkpoint show | export`: how far each mapping is. Reads state only. */
import { openProjectState } from '../../app.ts';
import { EXIT } from '../../errors.ts';
import type { Slice } from '../../state/slices.ts';
import { FULL } from '../../sync/plan-slices.ts';
import type { Command } from '../command.ts';
import { loadOrFail, selectMappings } from '../load.ts';
import { minute } from '../show-dead-letters.ts';
import { type Terminal, table } from '../terminal.ts';

const readAll = async ({ configFile, terminal }: Parameters<Command<[]>>[0], names: readonly string[]) => {
  const { project, mappings } = await loadOrFail(configFile, terminal);
  selectMappings(mappings, names);
  const state = await openProjectState(project, { mustExist: true });
  const isMeant = ({ mapping }: { readonly mapping: string }): boolean => names.length === 0 || names.includes(mapping);
  try {
    const checkpoints = (await state.listCheckpoints())
      .filter(isMeant)
      .map(({ mapping, checkpoint, updatedAt }) => ({ mapping, ...checkpoint, updated_at: updatedAt }));
    return { checkpoints, slices: (await state.listSlices(undefined)).filter(isMeant) };
  } finally {
    await state.close();
  }
};

const sliceJson = (slice: Slice): object => ({
  mapping: slice.mapping,
  slice: slice.name,
  since: slice.from || null,
  until: slice.before || null,
  finished_at: slice.finishedAt ?? null,
  checkpoint: slice.checkpoint ? { cursor: slice.checkpoint.cursor, key: slice.checkpoint.key } : null,
});

const slicesTable = (slices: readonly Slice[], { paint }: Pick<Terminal, 'paint'>): string =>
  table(
    ['mapping', 'slice from', 'up to', 'finished (UTC)', 'stands at'],
    slices.map(({ mapping, name, from, before, finishedAt, checkpoint }) => [
      mapping,
      name === FULL ? 'everything again' : from,
      before,
      finishedAt === undefined ? 'no' : minute(finishedAt).slice(5),
      checkpoint?.cursor ?? '',
    ]),
    paint,
  );

export const showCheckpoints: Command<[names: readonly string[]]> = async (context, names) => {
  const { json, terminal } = context;
  const { checkpoints, slices } = await readAll(context, names);
  if (json) terminal.out(JSON.stringify({ checkpoints, slices: slices.map(sliceJson) }));
  else if (checkpoints.length === 0) terminal.out('no checkpoints yet');
  else
    terminal.out(
      table(
        ['mapping', 'cursor', 'key', 'moved (UTC)'],
        checkpoints.map((each) => [each.mapping, each.cursor, each.key.join(', '), minute(each.updated_at).slice(5)]),
        terminal.paint,
      ),
    );
  if (!json && slices.length > 0) terminal.out(`\n${slicesTable(slices, terminal)}`);
  return EXIT.ok;
};

/** JSON with or without --json: it is meant for `checkpoint import`. */
export const exportCheckpoints: Command<[names: readonly string[]]> = async (context, names) => {
  // A snapshot's is no place, and means nothing without the hashes of its rows.
  const checkpoints = (await readAll(context, names)).checkpoints.filter(({ key }) => key.length > 0);
  context.terminal.out(JSON.stringify({ version: 1, checkpoints }, undefined, 2));
  return EXIT.ok;
};
