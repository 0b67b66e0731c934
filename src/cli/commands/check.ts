/** `check [mapping...]`: source, table, token and dataset of each mapping, and what to paste where something is amiss. Reads only. */
import type { Source } from '../../../connectors/connector.ts';
import { destinationOf, openProjectState, openSource, readDestination } from '../../app.ts';
import { destinationFindings } from '../../check/check-destination.ts';
import { checkSource } from '../../check/check-mapping.ts';
import type { Finding } from '../../check/finding.ts';
import type { Destination } from '../../config/config-schema.ts';
import type { Project } from '../../config/load-project.ts';
import { EXIT, type ExitCode, FatalError } from '../../errors.ts';
import type { ParsedMapping } from '../../mapping/compile-mapping.ts';
import type { Checkpoint } from '../../state/state-store.ts';
import { toRunError } from '../../sync/run-error.ts';
import type { Command } from '../command.ts';
import { loadOrFail } from '../load.ts';
import { findingsJson, showFindings } from '../show-findings.ts';

/** Every look is bounded: a check must not weigh on the source. */
const STATEMENT_SECONDS = 15;

export const check: Command<[names: readonly string[]]> = async (context, names) => {
  const { configFile, json, terminal, stop } = context;
  const { project, mappings } = await loadOrFail(configFile, terminal, names);
  const replies = new Map<Destination, Promise<Finding[]>>();
  const checked: { mapping: string; findings: Finding[] }[] = [];
  for (const mapping of mappings) {
    const destination = destinationOf(project, mapping);
    const reply =
      replies.get(destination) ??
      readDestination(destination, stop).then((each) => destinationFindings(destination, each, new Date()));
    replies.set(destination, reply);
    const findings = [...(await sourceFindings(project, mapping)), ...(await reply)];
    checked.push({ mapping: mapping.name, findings });
    if (!json) terminal.out(showFindings(mapping.name, findings, terminal));
  }
  const all = checked.flatMap(({ findings }) => findings);
  const sum = (level: Finding['level']): number => all.filter((each) => each.level === level).length;
  if (json) terminal.out(JSON.stringify(findingsJson(checked)));
  else
    terminal.out(
      `${counted(sum('problem'), 'problem')}, ${counted(sum('warning'), 'warning')}; nothing was sent or changed`,
    );
  return exitCodeOf(all);
};

const counted = (n: number, word: string): string => `${n === 0 ? 'no' : n} ${word}${n === 1 ? '' : 's'}`;

/** Token and permission first, because nothing else can be mended before; then files, then the source. */
const ORDER: readonly ExitCode[] = [EXIT.permission, EXIT.source];

const exitCodeOf = (findings: readonly Finding[]): ExitCode => {
  const problems = findings.filter(({ level }) => level === 'problem');
  if (problems.length === 0) return EXIT.ok;
  return ORDER.find((code) => problems.some(({ exitCode }) => exitCode === code)) ?? EXIT.incomplete;
};

const sourceFindings = async (project: Project, mapping: ParsedMapping): Promise<Finding[]> => {
  let source: Source | undefined;
  try {
    const checkpoint = await checkpointOf(project, mapping);
    source = await openSource(project, mapping, { statement_timeout: STATEMENT_SECONDS });
    const secret = project.config.stateSecret?.reveal();
    return await checkSource(mapping, { source, checkpoint, secret, now: Date.now });
  } catch (error) {
    const { code, message, hint, exitCode } = toRunError(error);
    return [{ code, level: 'problem', text: message, cure: hint, exitCode }];
  } finally {
    await source?.close();
  }
};

const checkpointOf = async (project: Project, mapping: ParsedMapping): Promise<Checkpoint | undefined> => {
  try {
    const state = await openProjectState(project, { mustExist: true });
    try {
      return await state.readCheckpoint(mapping.name);
    } finally {
      await state.close();
    }
  } catch (error) {
    // Before the first run there is nothing to remember.
    if (error instanceof FatalError && error.code === 'state-missing') return undefined;
    throw error;
  }
};
