/** `checkpoint reset --slices`: forgets which ranges were read. The checkpoint and the ledger stay. */
import { openProjectState } from '../../app.ts';
import { EXIT } from '../../errors.ts';
import type { Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import { loadOrFail } from '../load.ts';
import { count } from '../terminal.ts';
import { withLease } from '../with-lease.ts';

export const resetSlices: Command<[name: string, options: { readonly yes?: boolean }]> = async (
  { configFile, json, terminal },
  name,
  { yes = false },
) => {
  const { project, mappings } = await loadOrFail(configFile, terminal, [name]);
  const window = mappings[0]?.file.dedup.window ?? '';
  const state = await openProjectState(project, { mustExist: true });
  try {
    const slices = await state.listSlices(name);
    const finished = slices.filter(({ finishedAt }) => finishedAt !== undefined).length;
    if (slices.length > 0)
      await confirm(terminal, yes, [
        `${name}: ${count(finished)} finished slices and ${count(slices.length - finished)} begun are forgotten; a command over their range reads all of it again.`,
        `What was sent does not go out again within dedup.window (${window}). The checkpoint stays.`,
      ]);
    const dropped = slices.length === 0 ? 0 : await withLease(state, name, (fence) => state.dropSlices(fence));
    terminal.out(
      json ? JSON.stringify({ mapping: name, slices: dropped }) : `${name}: ${count(dropped)} slices forgotten`,
    );
    return EXIT.ok;
  } finally {
    await state.close();
  }
};
