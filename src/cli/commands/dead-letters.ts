/** `dead-letters list`: rows that could not be sent: which, why, since when. Never what was in them. */
import { openProjectState } from '../../app.ts';
import { EXIT } from '../../errors.ts';
import { EVENT_SUBCODES } from '../../meta/error-codes.ts';
import type { StoredDeadLetter } from '../../state/state-store.ts';
import type { Command } from '../command.ts';
import { loadOrFail, selectMappings } from '../load.ts';
import { count, table } from '../terminal.ts';

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
const codeOf = ({ code, metaCode, metaSubcode }: StoredDeadLetter): string =>
  metaCode === undefined ? code : `${code} ${metaCode}${metaSubcode === undefined ? '' : `/${metaSubcode}`}`;

export const listDeadLetters: Command<[name: string | undefined, options: { readonly limit: number }]> = async (
  { configFile, json, terminal },
  name,
  { limit },
) => {
  const { project, mappings } = await loadOrFail(configFile, terminal);
  if (name !== undefined) selectMappings(mappings, [name]);
  const state = await openProjectState(project, { mustExist: true });
  try {
    const letters = await state.listDeadLetters(name, limit);
    const summary = await state.summariseDeadLetters(name);
    if (json) {
      const shown = letters.map((letter) => ({
        mapping: letter.mapping,
        key: letter.rowKey,
        origin: letter.origin,
        code: letter.code,
        field: letter.field ?? null,
        meta_code: letter.metaCode ?? null,
        meta_subcode: letter.metaSubcode ?? null,
        times: letter.times,
        first_at: letter.firstAt,
        last_at: letter.lastAt,
      }));
      terminal.out(JSON.stringify({ total: summary.reduce((sum, each) => sum + each.rows, 0), dead_letters: shown }));
      return EXIT.ok;
    }
    if (letters.length === 0) {
      terminal.out('no dead letters');
      return EXIT.ok;
    }
    const rows = letters.map((letter) => [
      letter.mapping,
      letter.rowKey.join(', '),
      codeOf(letter),
      letter.field ?? '',
      iso(letter.lastAt),
    ]);
    terminal.out(table(['mapping', 'key', 'code', 'field', 'last (UTC)'], rows, terminal.paint));
    const total = summary.reduce((sum, each) => sum + each.rows, 0);
    if (total > letters.length) terminal.out(`… ${count(total - letters.length)} more (--limit)`);
    terminal.out('');
    terminal.out(
      table(
        ['rows', 'code', 'field'],
        summary.map((each) => [count(each.rows), each.code, each.field ?? '']),
        terminal.paint,
      ),
    );
    const subcodes = [
      ...new Set(letters.map((letter) => letter.metaSubcode).filter((subcode) => subcode !== undefined)),
    ];
    for (const subcode of subcodes) if (EVENT_SUBCODES[subcode]) terminal.out(`${subcode}: ${EVENT_SUBCODES[subcode]}`);
    return EXIT.ok;
  } finally {
    await state.close();
  }
};
