/** The files of a project as the service takes them: what is in force, or what is wrong. */
import { dirname, join, resolve } from 'node:path';
import { destinationOf, type Gates, statePlace, syncMapping } from '../app.ts';
import type { Config } from '../config/config-schema.ts';
import type { Diagnostic } from '../config/diagnostic.ts';
import type { Project } from '../config/load-project.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { Loaded as ServiceFiles } from '../schedule/open-instance.ts';
import type { StateStore } from '../state/state-store.ts';
import { loadAll } from './load.ts';

export type ServiceProject = { readonly project: Project; readonly mappings: readonly ParsedMapping[] };

export type ReadFiles = {
  /** Absent where a file has an error. */
  readonly project: ServiceProject | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
  /** Absolute: every file that was read, and those that are looked for. */
  readonly files: readonly string[];
};

const SHOWN_PROBLEMS = 20;

export const readFiles = async (configFile: string): Promise<ReadFiles> => {
  const { project, mappings, diagnostics, sources } = await loadAll(configFile);
  const config = resolve(configFile);
  const files = [config, join(dirname(config), '.env'), ...[...sources.keys()].map((shown) => resolve(shown))];
  return { project: project && { project, mappings }, diagnostics, sources, files: [...new Set(files)] };
};

export const problemLines = (diagnostics: readonly Diagnostic[]): { problems: string[]; count: number } => {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const problems = errors
    .slice(0, SHOWN_PROBLEMS)
    .map(({ file, line, column, code, message }) => `${file}:${line}:${column} ${code} ${message}`);
  return { problems, count: errors.length };
};

export type RunSetting = {
  readonly state: StateStore;
  readonly owner: string;
  readonly gates: Gates;
  readonly stop: AbortSignal;
  readonly abort: AbortSignal;
};

/** How the service sees the files, with runs as they are made. */
export const serviceFiles = ({ project, mappings }: ServiceProject, setting: RunSetting): ServiceFiles => ({
  mappings,
  concurrency: project.config.scheduler.concurrency,
  destinationOf: (mapping) => ({
    name: mapping.file.destination ?? Object.keys(project.config.destinations)[0] ?? '',
    datasetId: destinationOf(project, mapping).dataset_id,
  }),
  sync: (mapping, call) => {
    const { state, owner, ...options } = setting;
    return syncMapping(project, mapping, state, owner, { ...options, ...call });
  },
});

/** Settings that a running process cannot change, of which the new ones differ. */
export const needsRestart = (before: Project, now: Project): string[] => {
  const place = (project: Project): string => JSON.stringify(statePlace(project));
  const listen = ({ server }: Config): string => server.listen;
  // Headers are secrets and print alike: one that changes alone is not seen here.
  const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
  return [
    ...(listen(before.config) === listen(now.config) ? [] : ['server.listen']),
    ...(place(before) === place(now) ? [] : ['state']),
    ...(isSame(before.config.traces, now.config.traces) ? [] : ['traces']),
  ];
};
