/** `validate [mapping...]`: everything that can be found without a network, at once. Warnings fail only with `--strict`. */
import { writeFile } from 'node:fs/promises';
import { type Diagnostic, formatDiagnostics } from '../../config/diagnostic.ts';
import { EXIT, FatalError } from '../../errors.ts';
import type { Fix } from '../../lint/apply-fixes.ts';
import type { Command, CommandContext } from '../command.ts';
import { type FixedProject, fixProject } from '../fix-project.ts';
import { type Loaded, loadAll, problemCount, selectMappings } from '../load.ts';
import { sarifLog } from '../sarif.ts';
import type { Terminal } from '../terminal.ts';
import { wrap } from '../wrap.ts';

export type ValidateOptions = {
  readonly strict?: boolean;
  readonly fix?: boolean;
  readonly dryRun?: boolean;
  readonly format?: 'text' | 'json' | 'sarif';
};

export const validate: Command<[names: readonly string[], options: ValidateOptions]> = async (
  context,
  names,
  { strict = false, fix = false, dryRun = false, format },
) => {
  const { configFile, json, terminal } = context;
  if (dryRun && !fix)
    throw new FatalError('usage', '--dry-run goes with --fix', {
      hint: 'validate itself writes nothing',
      exitCode: EXIT.usage,
    });
  const fixed = fix ? await fixProject(configFile) : undefined;
  if (fixed && !dryRun) for (const [path, text] of fixed.texts) await writeFile(path, text);
  // What is only shown has not happened: the verdict is that of the files as they are.
  const loaded = fixed && !dryRun ? fixed.loaded : await loadAll(configFile);
  const { project, mappings, diagnostics } = loaded;
  const chosen = project ? selectMappings(mappings, names) : mappings;
  const isValid = project !== undefined && !(strict && diagnostics.length > 0);
  if (format === 'sarif') terminal.out(JSON.stringify(sarifLog(diagnostics), null, 2));
  else if (json || format === 'json') terminal.out(JSON.stringify(asJson(isValid, diagnostics, fixed, dryRun)));
  else {
    if (fixed) showFixes(fixed.fixes, dryRun, terminal);
    showProblems(loaded, chosen.length, context);
  }
  return isValid ? EXIT.ok : EXIT.config;
};

const asJson = (
  valid: boolean,
  diagnostics: readonly Diagnostic[],
  fixed: FixedProject | undefined,
  dryRun: boolean,
): object => ({
  valid,
  diagnostics: diagnostics.map(({ file, line, column, severity, code, message, hint }) => ({
    file,
    line,
    column,
    severity,
    code,
    message,
    hint: hint ?? null,
  })),
  ...(fixed && { fixes: fixed.fixes, written: !dryRun && fixed.fixes.length > 0 }),
});

const showFixes = (fixes: readonly Fix[], dryRun: boolean, { out, paint, width }: Terminal): void => {
  for (const { file, line, column, code, message, before, after } of fixes) {
    const verb = dryRun ? 'would fix' : 'fixed';
    out(`${paint('bold', `${file}:${line}:${column}`)}  ${paint('green', verb)}  ${code}`);
    out(`${paint('red', `  - ${before}`)}\n${paint('green', `  + ${after}`)}`);
    for (const each of wrap(message, width - 2)) out(`  ${each}`);
    out('');
  }
  const count = fixes.length === 1 ? 'one place' : `${fixes.length} places`;
  out(
    fixes.length === 0
      ? 'nothing that can be fixed without asking'
      : `${dryRun ? 'would fix' : 'fixed'} ${count}${dryRun ? '; nothing is written' : ''}`,
  );
  out('');
};

const showProblems = ({ project, diagnostics, sources }: Loaded, count: number, { terminal }: CommandContext): void => {
  const { out, paint } = terminal;
  if (diagnostics.length > 0) out(`${formatDiagnostics(diagnostics, sources, { color: paint('red', 'x') !== 'x' })}\n`);
  out(
    project
      ? `${problemCount(diagnostics)} in config and ${count} mapping${count === 1 ? '' : 's'}`
      : problemCount(diagnostics),
  );
};
