/** `dead-letters list | show | export`: rows that could not be sent: which, why, since when. Never what was in them. */
import { openProjectState } from '../../app.ts';
import { parseDuration } from '../../config/duration.ts';
import { EXIT, FatalError } from '../../errors.ts';
import type { ParsedMapping } from '../../mapping/compile-mapping.ts';
import type { LetterFilter } from '../../state/state-store.ts';
import type { Command } from '../command.ts';
import { loadOrFail, selectMappings } from '../load.ts';
import { causeOf, exportLetters, letterJson, showLetter, showLetters, totalOf } from '../show-dead-letters.ts';
import { checkKey } from './explain.ts';

export type ListOptions = { readonly limit: number; readonly code?: string };

const ofCode = (code: string | undefined): LetterFilter => (code === undefined ? {} : { code });

export const noSuchLetter = (name: string): FatalError =>
  new FatalError('dead-letter-not-found', `"${name}" has no dead letter of a row with this key`, {
    hint: `see "capi-sync dead-letters list ${name}"`,
    exitCode: EXIT.usage,
  });

export const listDeadLetters: Command<[name: string | undefined, options: ListOptions]> = async (
  { configFile, json, terminal },
  name,
  { limit, code },
) => {
  const { project, mappings } = await loadOrFail(configFile, terminal);
  if (name !== undefined) selectMappings(mappings, [name]);
  const state = await openProjectState(project, { mustExist: true });
  try {
    const letters = await state.listDeadLetters(name, limit, ofCode(code));
    const summary = await state.summariseDeadLetters(name, ofCode(code));
    if (json) terminal.out(JSON.stringify({ total: totalOf(summary), dead_letters: letters.map(letterJson) }));
    else if (letters.length === 0) terminal.out('no dead letters');
    else terminal.out(showLetters(letters, summary, name === undefined, terminal));
    return EXIT.ok;
  } finally {
    await state.close();
  }
};

export const showDeadLetter: Command<[name: string, options: { readonly key: readonly string[] }]> = async (
  { configFile, json, terminal },
  name,
  { key },
) => {
  const { project, mappings } = await loadOrFail(configFile, terminal, [name]);
  const mapping = mappings[0] as ParsedMapping;
  checkKey(mapping, key);
  const state = await openProjectState(project, { mustExist: true });
  try {
    const [letter] = await state.listDeadLetters(name, 1, { rowKeys: [key] });
    if (!letter) throw noSuchLetter(name);
    const { retry_after: after, keep } = mapping.file.dead_letters;
    const dates = {
      nextTryAt: after === 'never' ? undefined : letter.lastAt + parseDuration(after),
      goneAt: letter.firstAt + parseDuration(keep),
    };
    if (json)
      terminal.out(
        JSON.stringify({
          ...letterJson(letter),
          ...causeOf(letter),
          next_try_at: dates.nextTryAt ?? null,
          kept_until: dates.goneAt,
        }),
      );
    else terminal.out(showLetter(letter, dates, terminal));
    return EXIT.ok;
  } finally {
    await state.close();
  }
};

export type ExportOptions = { readonly format: string; readonly code?: string };

export const exportDeadLetters: Command<[name: string | undefined, options: ExportOptions]> = async (
  { configFile, terminal },
  name,
  { format, code },
) => {
  if (format !== 'jsonl' && format !== 'csv')
    throw new FatalError('usage', 'export writes jsonl or csv', { exitCode: EXIT.usage });
  const { project, mappings } = await loadOrFail(configFile, terminal);
  if (name !== undefined) selectMappings(mappings, [name]);
  const state = await openProjectState(project, { mustExist: true });
  try {
    const text = exportLetters(await state.listDeadLetters(name, Number.MAX_SAFE_INTEGER, ofCode(code)), format);
    if (text !== '') terminal.out(text);
    return EXIT.ok;
  } finally {
    await state.close();
  }
};
