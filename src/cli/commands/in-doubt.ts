/** `in-doubt resend | confirm`: a person says what becomes of events of which no run knows whether they arrived (`on_unknown: hold`). */
import { openProjectState } from '../../app.ts';
import { EXIT } from '../../errors.ts';
import type { Fence, StateStore } from '../../state/state-store.ts';
import type { Command, CommandContext } from '../command.ts';
import { confirm } from '../confirm.ts';
import { loadOrFail } from '../load.ts';
import { count } from '../terminal.ts';
import { withLease } from '../with-lease.ts';

type Yes = { readonly yes?: boolean };

const settle = async (
  { configFile, json, terminal }: CommandContext,
  name: string,
  { yes = false }: Yes,
  { consequence, done, act }: { consequence: string; done: string; act: (s: StateStore, f: Fence) => Promise<unknown> },
): Promise<typeof EXIT.ok> => {
  const { project } = await loadOrFail(configFile, terminal, [name]);
  const state = await openProjectState(project, { mustExist: true });
  try {
    const events = await state.countInDoubt(name);
    if (events > 0) {
      await confirm(terminal, yes, [`${name}: ${count(events)} events are in doubt; ${consequence}`]);
      await withLease(state, name, (fence) => act(state, fence));
    }
    if (json) terminal.out(JSON.stringify({ mapping: name, events }));
    else terminal.out(events === 0 ? `${name}: no event is in doubt` : `${name}: ${count(events)} events ${done}`);
    return EXIT.ok;
  } finally {
    await state.close();
  }
};

export const resendInDoubt: Command<[name: string, options: Yes]> = (context, name, options) =>
  settle(context, name, options, {
    consequence:
      'the next run sends them again, with the same ids. Those that arrived more than 48 hours ago count twice',
    done: 'go out with the next run',
    act: async (state, fence) => {
      // What a slice left is closed in its name.
      for (const { name: slice } of await state.listSlices(name)) await state.closeInDoubt({ ...fence, slice });
      await state.closeInDoubt(fence);
    },
  });

export const confirmInDoubt: Command<[name: string, options: Yes]> = (context, name, options) =>
  settle(context, name, options, {
    consequence: 'they count as arrived and are not sent again. Those that did not arrive are lost',
    done: 'count as arrived',
    act: (state, fence) => state.confirmInDoubt(fence, Math.floor(Date.now() / 1000)),
  });
