/** `--select` and `--exclude` of a command, beside mappings that are named. */
import { chooseMappings } from '../config/choose-mappings.ts';
import { EXIT, FatalError } from '../errors.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { selectMappings } from './load.ts';
import type { Terminal } from './terminal.ts';

export type SelectOptions = { readonly select?: readonly string[]; readonly exclude?: readonly string[] };

/** Named alone: in that order; else in the order of the files. @throws FatalError `unknown-mapping`, `bad-selector`, `nothing-selected` */
export const choose = (
  mappings: readonly ParsedMapping[],
  names: readonly string[],
  { select = [], exclude = [] }: SelectOptions,
  terminal: Terminal,
): ParsedMapping[] => {
  if (select.length === 0 && exclude.length === 0) return selectMappings(mappings, names);
  const named = names.length === 0 ? [] : selectMappings(mappings, names).map(({ name }) => name);
  const wanted = [...named.map((name) => `name:${name}`), ...select];
  const files = mappings.map(({ file }) => file);
  const choice = chooseMappings(files, { select: wanted.length === 0 ? ['*'] : wanted, exclude });
  for (const { selector, hint } of choice.unmatched)
    terminal.err(`no mapping fits ${JSON.stringify(selector)}${hint === undefined ? '' : `: ${hint}`}`);
  if (choice.names.length === 0)
    throw new FatalError('nothing-selected', 'no mapping is selected', {
      hint: 'see --select and --exclude; a table that is read by a query is found by name or tag only',
      exitCode: EXIT.usage,
    });
  return mappings.filter(({ name }) => choice.names.includes(name));
};
