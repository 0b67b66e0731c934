/** `checkpoint show | reset`: how far each mapping is, and a fresh start. The ledger stays: what was sent does not go out twice within its window. */
import { openProjectState } from '../../app.ts';
import { EXIT, FatalError } from '../../errors.ts';
import { processOwner } from '../../state/leases.ts';
import type { Command } from '../command.ts';
import { loadOrFail } from '../load.ts';
import { table } from '../terminal.ts';

export const showCheckpoints: Command<[]> = async ({ configFile, json, terminal }) => {
  const { project } = await loadOrFail(configFile, terminal);
  const state = await openProjectState(project, { mustExist: true });
  try {
    const all = await state.listCheckpoints();
    if (json)
      terminal.out(
        JSON.stringify({
          checkpoints: all.map(({ mapping, checkpoint, updatedAt }) => ({
            mapping,
            ...checkpoint,
            updated_at: updatedAt,
          })),
        }),
      );
    else if (all.length === 0) terminal.out('no checkpoints yet');
    else
      terminal.out(
        table(
          ['mapping', 'cursor', 'key'],
          all.map(({ mapping, checkpoint }) => [mapping, checkpoint.cursor, checkpoint.key.join(', ')]),
          terminal.paint,
        ),
      );
    return EXIT.ok;
  } finally {
    await state.close();
  }
};

export const resetCheckpoint: Command<[name: string]> = async ({ configFile, json, terminal }, name) => {
  const { project, mappings } = await loadOrFail(configFile, terminal, [name]);
  const start = mappings[0]?.file.source.cursor.start;
  const state = await openProjectState(project, { mustExist: true });
  try {
    const lease = await state.acquireLease(name, processOwner(), 60);
    if ('heldBy' in lease)
      throw new FatalError('busy', `another instance runs "${name}"`, {
        hint: 'try again when it is done',
        exitCode: EXIT.busy,
      });
    await state.deleteCheckpoint(lease.fence);
    await state.releaseLease(lease.fence);
    if (json) terminal.out(JSON.stringify({ mapping: name, checkpoint: null }));
    else
      terminal.out(
        `${name}: the next run reads from cursor.start (${start}) again; the ledger still drops what was sent before`,
      );
    return EXIT.ok;
  } finally {
    await state.close();
  }
};
