/** `plan [mapping...]`: what deploying these files does, against the state and, with `--against`, against earlier files. Changes and sends nothing. */
import { join } from 'node:path';
import { destinationOf, openProjectState, openSource } from '../../app.ts';
import { readEnvironment } from '../../config/environment.ts';
import { loadEnvironment } from '../../config/load-environment.ts';
import type { Project } from '../../config/load-project.ts';
import { readYamlFile } from '../../config/read-yaml.ts';
import { EXIT, FatalError } from '../../errors.ts';
import type { ParsedMapping } from '../../mapping/compile-mapping.ts';
import { compareFiles, type FileChange } from '../../plan/compare-files.ts';
import { type Pair, pairMappings } from '../../plan/pair-mappings.ts';
import { type MappingPlan, planMapping } from '../../plan/plan-mapping.ts';
import type { Command } from '../command.ts';
import { earlierFiles } from '../earlier-files.ts';
import { loadAll, loadOrFail } from '../load.ts';
import { planJson, showPlan } from '../show-plan.ts';

export type PlanOptions = {
  readonly against?: string;
  readonly limit: number;
  readonly source: boolean;
  readonly detailedExitcode?: boolean;
};

/** As of `terraform plan -detailed-exitcode`. */
const CHANGES = 2;

export const plan: Command<[names: readonly string[], options: PlanOptions]> = async (context, names, options) => {
  const { configFile, json, terminal, stop } = context;
  const { project, mappings } = await loadOrFail(configFile, terminal);
  const earlier = options.against === undefined ? undefined : await loadEarlier(options.against, configFile, project);
  const state = await openProjectState(project, { mustExist: true }).catch((error: unknown) => {
    // Before the first run there is none.
    if (error instanceof FatalError && error.code === 'state-missing') return undefined;
    throw error;
  });
  try {
    const known = (await state?.listMappings())?.map(({ mapping }) => mapping) ?? [];
    const pairs = pairMappings(earlier?.mappings, mappings, known);
    checkNames(names, pairs);
    const plans: MappingPlan[] = [];
    for (const pair of pairs.filter(({ name }) => names.length === 0 || names.includes(name))) {
      plans.push(
        await planMapping(pair, changesOf(pair, await written(project, mappings), earlier?.written), {
          openSource: options.source ? (mapping) => openSource(project, mapping) : undefined,
          state,
          datasets: {
            before: (mapping) => destinationOf(earlier?.project ?? project, mapping).dataset_id,
            after: (mapping) => destinationOf(project, mapping).dataset_id,
          },
          limit: options.limit,
          now: Math.floor(Date.now() / 1000),
          stop,
        }),
      );
    }
    terminal.out(
      json ? JSON.stringify(planJson(plans)) : showPlan(plans, { ...options, hasState: state !== undefined }, terminal),
    );
    if (plans.some(({ error }) => error !== undefined)) return EXIT.incomplete;
    const changes = plans.some(({ change, checkpoint }) => change !== 'unchanged' || checkpoint.kind === 'mismatch');
    return options.detailedExitcode && changes ? CHANGES : EXIT.ok;
  } finally {
    await state?.close();
  }
};

const checkNames = (names: readonly string[], pairs: readonly Pair[]): void => {
  const unknown = names.find((name) => !pairs.some((pair) => pair.name === name));
  if (unknown === undefined) return;
  throw new FatalError('unknown-mapping', `there is no mapping "${unknown}"`, {
    hint: `there are ${pairs.map(({ name }) => name).join(', ')}`,
    exitCode: EXIT.usage,
  });
};

type Written = ReadonlyMap<string, unknown>;

/** The data of mapping files by name, as written: nothing of `${}` is replaced. */
const written = async ({ mappings }: Project, parsed: readonly ParsedMapping[]): Promise<Written> => {
  const data = new Map<string, unknown>();
  for (const [n, { file }] of mappings.entries()) {
    const { tree } = await readYamlFile(file, file);
    data.set(parsed[n]?.name ?? '', tree?.data);
  }
  return data;
};

const changesOf = ({ name, renamedFrom }: Pair, after: Written, before: Written | undefined): FileChange[] => {
  const old = before?.get(renamedFrom ?? name);
  const now = after.get(name);
  return old === undefined || now === undefined ? [] : compareFiles(old, now);
};

type Earlier = { readonly project: Project; readonly mappings: readonly ParsedMapping[]; readonly written: Written };

/** @throws FatalError `plan-against` */
const loadEarlier = async (against: string, configFile: string, { baseDir }: Project): Promise<Earlier> => {
  const { configFile: earlier, remove } = await earlierFiles(against, configFile);
  try {
    const { environment } = await loadEnvironment(join(baseDir, '.env'), '.env', readEnvironment());
    const { project, mappings, diagnostics } = await loadAll(earlier, { environment, valuesDir: baseDir });
    if (project) return { project, mappings, written: await written(project, mappings) };
    const first = diagnostics.find(({ severity }) => severity === 'error');
    throw new FatalError(
      'plan-against',
      `the files of "${against}" do not load: ${first?.message ?? ''} (line ${first?.line} of ${first?.file})`,
      {
        hint: 'compare with a version that `validate` accepts',
        exitCode: EXIT.usage,
      },
    );
  } finally {
    await remove();
  }
};
