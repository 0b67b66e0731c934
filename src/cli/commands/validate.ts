/** `validate [mapping...]`: everything that can be found without a network, at once. Warnings fail only with `--strict`. */
import { formatDiagnostics } from '../../config/diagnostic.ts';
import { EXIT } from '../../errors.ts';
import type { Command } from '../command.ts';
import { loadAll, problemCount, selectMappings } from '../load.ts';

export const validate: Command<[names: readonly string[], options: { readonly strict?: boolean }]> = async (
  { configFile, json, terminal },
  names,
  { strict = false },
) => {
  const { project, mappings, diagnostics, sources } = await loadAll(configFile);
  const chosen = project ? selectMappings(mappings, names) : mappings;
  const isValid = project !== undefined && !(strict && diagnostics.length > 0);
  if (json) {
    const shown = diagnostics.map(({ file, line, column, severity, code, message, hint }) => ({
      file,
      line,
      column,
      severity,
      code,
      message,
      hint: hint ?? null,
    }));
    terminal.out(JSON.stringify({ valid: isValid, diagnostics: shown }));
  } else {
    if (diagnostics.length > 0)
      terminal.out(`${formatDiagnostics(diagnostics, sources, { color: terminal.paint('red', 'x') !== 'x' })}\n`);
    terminal.out(
      project
        ? `${problemCount(diagnostics)} in config and ${chosen.length} mapping${chosen.length === 1 ? '' : 's'}`
        : problemCount(diagnostics),
    );
  }
  return isValid ? EXIT.ok : EXIT.config;
};
