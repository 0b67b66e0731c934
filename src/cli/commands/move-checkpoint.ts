/**
 * `checkpoint set | reset | adopt | import`. Each says first from where the next run would read, and how much. The ledger stays as it is, so
 * that what was sent does not go out twice within its window.
 */
import { readFileSync } from 'node:fs';
import type { Source } from '../../../connectors/connector.ts';
import { openProjectState, openSource } from '../../app.ts';
import type { Project } from '../../config/load-project.ts';
import { cursorOf, isSnapshot } from '../../config/source-mode.ts';
import { EXIT, FatalError } from '../../errors.ts';
import type { ParsedMapping } from '../../mapping/compile-mapping.ts';
import type { Checkpoint, StateStore } from '../../state/state-store.ts';
import { planStream, type StreamPlan } from '../../sync/plan-stream.ts';
import { parseCheckpoints } from '../checkpoint-file.ts';
import type { Command, CommandContext } from '../command.ts';
import { confirm } from '../confirm.ts';
import { loadOrFail } from '../load.ts';
import { consequences, countFrom, cursorText, placeOf, type Start } from '../place.ts';
import { withLease } from '../with-lease.ts';
import { checkKey } from './explain.ts';
import { planSnapshotChange, type SnapshotChange } from './move-snapshot.ts';

type Confirmed = { readonly yes?: boolean };

/** What a change does: where the mapping would stand, and how a person would name that place. */
type Target = { readonly checkpoint: Checkpoint | undefined; readonly to: string };
type Change = (tools: {
  readonly source: Source;
  readonly plan: StreamPlan;
  readonly present: Checkpoint | undefined;
}) => Promise<Target>;
type Planned = {
  readonly mapping: ParsedMapping;
  readonly target: Target;
  readonly rows: number | undefined;
  /** What the next run does. */
  readonly next: string;
};

const planChange = async (
  project: Project,
  mapping: ParsedMapping,
  state: StateStore,
  change: Change,
  ofSnapshot?: SnapshotChange,
): Promise<Planned & { readonly lines: readonly string[] }> => {
  const present = await state.readCheckpoint(mapping.name);
  const source = await openSource(project, mapping);
  try {
    if (isSnapshot(mapping.file)) {
      const { checkpoint, ...planned } = await planSnapshotChange(project, mapping, source, ofSnapshot);
      return { mapping, target: { checkpoint, to: '' }, ...planned };
    }
    const plan = await planStream(mapping, source, undefined, {});
    const target = await change({ source, plan, present });
    const { from } = plan.read;
    const beginning: Start = from === undefined ? {} : { from };
    const startAt = (checkpoint: Checkpoint | undefined): Start => (checkpoint ? { after: checkpoint } : beginning);
    const rows = await countFrom(source, plan, startAt(target.checkpoint));
    const fits = present === undefined || present.fingerprint === plan.fingerprint;
    const rowsNow = fits ? await countFrom(source, plan, startAt(present)) : undefined;
    const next = `reads from ${target.to}`;
    return { mapping, target, rows, next, lines: consequences({ mapping, to: target.to, rows, present, rowsNow }) };
  } finally {
    await source.close();
  }
};

const carryOut = async (state: StateStore, { mapping, target: { checkpoint } }: Planned): Promise<void> =>
  withLease(state, mapping.name, (fence) =>
    checkpoint
      ? state.settle(fence, { runId: 0, deadLetters: [], cleared: [], checkpoint }, Math.floor(Date.now() / 1000))
      : state.deleteCheckpoint(fence),
  );

const changeJson = ({ mapping, target: { checkpoint }, rows }: Planned): object => ({
  mapping: mapping.name,
  checkpoint: checkpoint ? { cursor: checkpoint.cursor, key: checkpoint.key } : null,
  rows: rows ?? null,
});

const changeOne = async (
  { configFile, json, terminal }: CommandContext,
  name: string,
  { yes = false }: Confirmed,
  changeOf: (mapping: ParsedMapping) => Change,
  ofSnapshot?: SnapshotChange,
): Promise<typeof EXIT.ok> => {
  const { project, mappings } = await loadOrFail(configFile, terminal, [name]);
  const mapping = mappings[0] as ParsedMapping;
  const change = changeOf(mapping);
  const state = await openProjectState(project, { mustExist: true });
  try {
    const planned = await planChange(project, mapping, state, change, ofSnapshot);
    await confirm(terminal, yes, planned.lines);
    await carryOut(state, planned);
    terminal.out(json ? JSON.stringify(changeJson(planned)) : `${name}: the next run ${planned.next}`);
    return EXIT.ok;
  } finally {
    await state.close();
  }
};

export type SetOptions = Confirmed & { readonly cursor: string; readonly key: readonly string[] };

export const setCheckpoint: Command<[name: string, options: SetOptions]> = (context, name, options) =>
  changeOne(context, name, options, (mapping) => {
    if (options.key.length > 0) checkKey(mapping, options.key);
    return async ({ source, plan }) => {
      const cursor = await cursorText(mapping, source, plan.read.stream, options.cursor);
      const position = await placeOf(mapping, source, plan, cursor, options.key);
      const to = options.key.length > 0 ? `${cursor}, after row ${options.key.join(', ')}` : `${cursor} on`;
      return { checkpoint: { ...position, fingerprint: plan.fingerprint }, to };
    };
  });

export const resetCheckpoint: Command<[name: string, options: Confirmed]> = (context, name, options) =>
  changeOne(
    context,
    name,
    options,
    ({ file }) =>
      async ({ plan }) => ({
        checkpoint: undefined,
        to: `cursor.start (${cursorOf(file).start})${plan.read.from === undefined ? '' : `, ${plan.read.from}`}`,
      }),
    'reset',
  );

/** Goes on from where the mapping stands, though its source, key, cursor or filter is another now. */
export const adoptCheckpoint: Command<[name: string, options: Confirmed]> = (context, name, options) =>
  changeOne(context, name, options, adopt, 'adopt');

const adopt =
  (mapping: ParsedMapping): Change =>
  async ({ source, plan, present }) => {
    const { name } = mapping;
    if (!present)
      throw new FatalError('no-checkpoint', `"${name}" has no checkpoint`, {
        hint: 'a run begins at cursor.start',
        exitCode: EXIT.usage,
      });
    const fitsKey = present.key.length === mapping.primaryKey.length;
    const cursor = fitsKey
      ? await cursorText(mapping, source, plan.read.stream, present.cursor).catch(() => undefined)
      : undefined;
    if (cursor === undefined)
      throw new FatalError('checkpoint-unfit', `the checkpoint of "${name}" is no place in the source as it is now`, {
        hint: `"capi-sync checkpoint set ${name} --cursor ..." or "capi-sync checkpoint reset ${name}"`,
        exitCode: EXIT.config,
      });
    const to = `${present.cursor} on; older rows that are new to the mapping stay unread`;
    return { checkpoint: { ...present, fingerprint: plan.fingerprint }, to };
  };

/** All of a file or nothing. */
export const importCheckpoints: Command<[file: string, options: Confirmed]> = async (
  { configFile, json, terminal },
  file,
  { yes = false },
) => {
  const given = parseCheckpoints(readText(file));
  const { project, mappings } = await loadOrFail(
    configFile,
    terminal,
    given.map(({ mapping }) => mapping),
  );
  const state = await openProjectState(project);
  try {
    const all: (Planned & { lines: readonly string[] })[] = [];
    for (const [n, checkpoint] of given.entries()) {
      const mapping = mappings[n] as ParsedMapping;
      const change: Change = async ({ plan }) => {
        if (checkpoint.fingerprint !== plan.fingerprint)
          throw new FatalError(
            'checkpoint-mismatch',
            `the file's checkpoint of "${mapping.name}" is of another source, key, cursor or filter`,
            {
              hint: `name the place yourself: "capi-sync checkpoint set ${mapping.name} --cursor ..."`,
              exitCode: EXIT.config,
            },
          );
        const { mapping: _, ...rest } = checkpoint;
        return { checkpoint: rest, to: `${rest.cursor} on` };
      };
      all.push(await planChange(project, mapping, state, change));
    }
    await confirm(
      terminal,
      yes,
      all.flatMap(({ lines }) => lines),
    );
    for (const each of all) await carryOut(state, each);
    terminal.out(
      json
        ? JSON.stringify({ checkpoints: all.map(changeJson) })
        : all.map(({ mapping, next }) => `${mapping.name}: the next run ${next}`).join('\n'),
    );
    return EXIT.ok;
  } finally {
    await state.close();
  }
};

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new FatalError('file-not-found', `the file ${file} cannot be read`, { cause: error, exitCode: EXIT.usage });
  }
};
