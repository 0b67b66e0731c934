/** `dead-letters retry | drop`: another try for rows that were refused, or an end to them. */
import { openProjectState, syncMappings } from '../../app.ts';
import { EXIT, FatalError } from '../../errors.ts';
import type { ParsedMapping } from '../../mapping/compile-mapping.ts';
import type { LetterFilter } from '../../state/state-store.ts';
import type { Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import { loadOrFail } from '../load.ts';
import { progressDisplay } from '../progress.ts';
import { runJson, showRuns } from '../show-runs.ts';
import { count } from '../terminal.ts';
import { withLease } from '../with-lease.ts';
import { noSuchLetter } from './dead-letters.ts';
import { checkKey } from './explain.ts';

export type WhichLetters = { readonly key: readonly string[]; readonly code?: string; readonly all?: boolean };

/** Exactly one of the three: a slip must not drop or send more than was meant. */
const whichOf = (mapping: ParsedMapping, { key, code, all }: WhichLetters): LetterFilter => {
  const given = [key.length > 0, code !== undefined, all === true].filter(Boolean).length;
  if (given !== 1)
    throw new FatalError('usage', 'say which dead letters: --key, --code or --all, one of them', {
      exitCode: EXIT.usage,
    });
  if (key.length > 0) {
    checkKey(mapping, key);
    return { rowKeys: [key] };
  }
  return code === undefined ? {} : { code };
};

const letters = (n: number): string => (n === 1 ? 'one dead letter' : `${count(n)} dead letters`);

export const retryDeadLetters: Command<[name: string, options: WhichLetters]> = async (context, name, options) => {
  const { configFile, json, terminal } = context;
  const { project, mappings } = await loadOrFail(configFile, terminal, [name]);
  const which = whichOf(mappings[0] as ParsedMapping, options);
  const countLetters = async (filter: LetterFilter): Promise<number> => {
    const state = await openProjectState(project, { mustExist: true });
    return state.countDeadLetters(name, filter).finally(state.close);
  };
  if ((await countLetters(which)) === 0) {
    if (which.rowKeys) throw noSuchLetter(name);
    terminal.out(
      json ? JSON.stringify({ mapping: name, retried: 0, left: await countLetters({}) }) : 'no dead letters',
    );
    return EXIT.ok;
  }
  const progress = progressDisplay(terminal, Date.now);
  const [result] = await syncMappings(project, mappings, {
    deadLetters: which,
    stop: context.stop,
    abort: context.abort,
    onProgress: progress.show,
  });
  progress.end();
  if (!result) return EXIT.interrupted;
  const retried = result.counts.retried ?? 0;
  const gone = result.error ? 0 : retried - result.counts.read;
  const left = await countLetters({});
  if (json) terminal.out(JSON.stringify({ mapping: name, retried, gone, left, run: runJson(result) }));
  else {
    terminal.out(showRuns([result], terminal));
    if (gone > 0)
      terminal.out(
        `${name}: ${gone === 1 ? 'one row is' : `${count(gone)} rows are`} no longer in the source; "dead-letters drop" forgets such rows`,
      );
    terminal.out(`${name}: ${left === 0 ? 'no dead letters are left' : `${letters(left)} left`}`);
  }
  return result.exitCode;
};

export const dropDeadLetters: Command<[name: string, options: WhichLetters & { readonly yes?: boolean }]> = async (
  { configFile, json, terminal },
  name,
  options,
) => {
  const { project, mappings } = await loadOrFail(configFile, terminal, [name]);
  const which = whichOf(mappings[0] as ParsedMapping, options);
  const state = await openProjectState(project, { mustExist: true });
  try {
    const found = await state.countDeadLetters(name, which);
    if (found === 0 && which.rowKeys) throw noSuchLetter(name);
    if (found > 0)
      await confirm(terminal, options.yes === true, [
        `${name}: ${letters(found)} would go, and with ${found === 1 ? 'it the record that its row was' : 'them the record that their rows were'} not sent, and why. No run tries such a row again unless it is read anew.`,
      ]);
    const dropped = found === 0 ? 0 : await withLease(state, name, (fence) => state.deleteDeadLetters(fence, which));
    const left = await state.countDeadLetters(name);
    terminal.out(
      json
        ? JSON.stringify({ mapping: name, dropped, left })
        : `${name}: dropped ${letters(dropped)}, ${count(left)} left`,
    );
    return EXIT.ok;
  } finally {
    await state.close();
  }
};
