/** What every command does first: reads the files, prints every problem at once, parses the expressions. */
import { connectorOptions } from '../app.ts';
import type { Destination } from '../config/config-schema.ts';
import { type Diagnostic, formatDiagnostics, sortDiagnostics } from '../config/diagnostic.ts';
import { suggest } from '../config/did-you-mean.ts';
import { readEnvironment } from '../config/environment.ts';
import { type LoadProjectOptions, loadProject, type Project } from '../config/load-project.ts';
import { diagnosticAt, type LoadedMapping } from '../config/loaded-mapping.ts';
import { EXIT, FatalError } from '../errors.ts';
import { lintMapping } from '../lint/lint-mapping.ts';
import { checkMapping, type ParsedMapping, parseMapping } from '../mapping/compile-mapping.ts';
import type { TemplateProblem } from '../mapping/template.ts';
import type { Terminal } from './terminal.ts';

export type Loaded = {
  readonly project: Project | undefined;
  readonly mappings: readonly ParsedMapping[];
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
};

/**
 * Reads and checks everything that can be checked without a network.
 */
export const loadAll = async (
  configFile: string,
  overrides: Pick<Partial<LoadProjectOptions>, 'texts' | 'environment' | 'valuesDir'> = {},
): Promise<Loaded> => {
  const options = await connectorOptions();
  const { project, diagnostics, sources } = await loadProject({
    configFile,
    cwd: process.cwd(),
    environment: readEnvironment(),
    connectorOptions: (name) => options.get(name),
    connectorNames: [...options.keys()],
    ...overrides,
  });
  if (!project) return { project, mappings: [], diagnostics, sources };
  const parsed = project.mappings.map((loaded) => {
    const { mapping, problems } = parseMapping(loaded.mapping);
    const all = problems.length > 0 ? problems : checkMapping(mapping, undefined);
    return {
      mapping,
      diagnostics: [
        ...all.map((problem) => expressionDiagnostic(loaded, problem)),
        ...(all.length > 0
          ? []
          : lintMapping(loaded, mapping, destinationOf(project, loaded), connectorOf(project, loaded))),
      ],
    };
  });
  const found = sortDiagnostics([...diagnostics, ...parsed.flatMap((each) => each.diagnostics)]);
  const failed = found.some((each) => each.severity === 'error');
  return {
    project: failed ? undefined : project,
    mappings: parsed.map((each) => each.mapping),
    diagnostics: found,
    sources,
  };
};

/** The one it names, or the only one. */
const destinationOf = ({ config }: Project, { mapping }: LoadedMapping): Destination | undefined =>
  mapping.destination === undefined ? Object.values(config.destinations)[0] : config.destinations[mapping.destination];

const connectorOf = ({ config }: Project, { mapping }: LoadedMapping): string | undefined =>
  config.connections[mapping.source.connection]?.connector;

/** The `=` before an expression is part of the file's text. What is missing at its end is shown at its last character. */
const expressionDiagnostic = (
  loaded: LoadedMapping,
  { path, source, code, message, hint, start, end }: TemplateProblem,
): Diagnostic => {
  const from = Math.min(start, Math.max(0, source.trimEnd().length - 1));
  const cure = hint === undefined ? {} : { hint };
  return diagnosticAt(loaded, path, {
    code,
    message,
    ...cure,
    offset: source.trim() === '' ? 0 : from + 1,
    length: Math.max(1, end - from),
  });
};

/** Loads for a command that needs it all to be right. @throws FatalError `config-invalid`, after the problems are printed */
export const loadOrFail = async (
  configFile: string,
  terminal: Terminal,
  names: readonly string[] = [],
): Promise<{ project: Project; mappings: ParsedMapping[] }> => {
  const loaded = await loadAll(configFile);
  if (!loaded.project) {
    terminal.err(formatDiagnostics(loaded.diagnostics, loaded.sources, { color: terminal.colorErr }));
    throw new FatalError('config-invalid', problemCount(loaded.diagnostics), { exitCode: EXIT.config });
  }
  return { project: loaded.project, mappings: selectMappings(loaded.mappings, names) };
};

/** The mappings named, in that order; all of them when none is. @throws FatalError `unknown-mapping` */
export const selectMappings = (mappings: readonly ParsedMapping[], names: readonly string[]): ParsedMapping[] => {
  if (names.length === 0) return [...mappings];
  return names.map((name) => {
    const found = mappings.find((mapping) => mapping.name === name);
    if (found) return found;
    const known = mappings.map((mapping) => mapping.name);
    throw new FatalError('unknown-mapping', `there is no mapping "${name}"`, {
      hint: suggest(name, known) ?? 'see the names in your mapping files',
      exitCode: EXIT.usage,
    });
  });
};

export const problemCount = (diagnostics: readonly Diagnostic[]): string => {
  const errors = diagnostics.filter((each) => each.severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const words = [
    errors > 0 && `${errors} error${errors === 1 ? '' : 's'}`,
    warnings > 0 && `${warnings} warning${warnings === 1 ? '' : 's'}`,
  ];
  return words.filter(Boolean).join(', ') || 'no problems';
};
