/** What deploying one mapping does: to its files, its checkpoint, its events, and what would be sent again. Reads only. */
import type { Source } from '../../connectors/connector.ts';
import { cursorOf, isSnapshot } from '../config/source-mode.ts';
import { FatalError } from '../errors.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { Checkpoint, StateStore } from '../state/state-store.ts';
import { dedupWindowDays } from '../sync/dedup-window.ts';
import { planStream } from '../sync/plan-stream.ts';
import { toRunError } from '../sync/run-error.ts';
import type { FileChange } from './compare-files.ts';
import { compareRows, type RowComparison } from './compare-rows.ts';
import type { Pair } from './pair-mappings.ts';
import { sampleRows } from './sample-rows.ts';

export type CheckpointVerdict =
  /** There is none: the first run begins at `start`. `rows`: how many that is; undefined where counting would be costly, or nobody asked. */
  | { readonly kind: 'none'; readonly start: string; readonly rows: number | undefined }
  | { readonly kind: 'fits'; readonly cursor: string }
  /** A run stops before it reads; `text` says why and what each way out reads. */
  | { readonly kind: 'mismatch'; readonly text: string }
  /** Of a removed mapping: nothing reads it any more. */
  | { readonly kind: 'left-behind'; readonly cursor: string }
  | { readonly kind: 'unknown' };

export type MappingPlan = {
  readonly name: string;
  readonly change: 'added' | 'changed' | 'unchanged' | 'removed';
  readonly renamedFrom: string | undefined;
  readonly files: readonly FileChange[];
  readonly checkpoint: CheckpointVerdict;
  /** Undefined: there is nothing to compare with, or the source was not asked. */
  readonly events: (Omit<RowComparison, 'dedupKeys'> & { readonly sentAgain: number }) | undefined;
  /** Dead letters that stay behind with a removed mapping. */
  readonly deadLetters: number;
  /** What could not be found out. */
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | undefined } | undefined;
};

export type PlanTools = {
  /** Undefined: the source is not asked. */
  readonly openSource: ((mapping: ParsedMapping) => Promise<Source>) | undefined;
  /** Undefined before the first run. */
  readonly state: StateStore | undefined;
  /** Dataset of a mapping in the earlier files, and in these. */
  readonly datasets: {
    readonly before: (mapping: ParsedMapping) => string;
    readonly after: (mapping: ParsedMapping) => string;
  };
  readonly limit: number;
  /** Unix seconds. */
  readonly now: number;
  readonly stop: AbortSignal;
};

export const planMapping = async (pair: Pair, files: readonly FileChange[], tools: PlanTools): Promise<MappingPlan> => {
  const { name, after, renamedFrom } = pair;
  const checkpoint = await tools.state?.readCheckpoint(name);
  const change = pair.change === 'kept' ? (files.length > 0 ? 'changed' : 'unchanged') : pair.change;
  const base = { name, change, renamedFrom, files, events: undefined, deadLetters: 0, error: undefined } as const;
  if (!after) {
    const left: CheckpointVerdict = checkpoint
      ? { kind: 'left-behind', cursor: checkpoint.cursor }
      : { kind: 'unknown' };
    return { ...base, checkpoint: left, deadLetters: (await tools.state?.countDeadLetters(name)) ?? 0 };
  }
  if (!tools.openSource) return { ...base, checkpoint: fromState(after, checkpoint) };
  const source = await tools.openSource(after);
  try {
    const verdict = await checkpointVerdict(after, source, checkpoint);
    const events = pair.before ? await compareEvents(pair, pair.before, after, source, tools) : undefined;
    return { ...base, checkpoint: verdict, events };
  } catch (error) {
    const { code, message, hint } = toRunError(error);
    return { ...base, checkpoint: fromState(after, checkpoint), error: { code, message, hint } };
  } finally {
    await source.close();
  }
};

const startOf = ({ file }: ParsedMapping): string =>
  isSnapshot(file) ? 'the whole table' : String(cursorOf(file).start);

const fromState = (mapping: ParsedMapping, checkpoint: Checkpoint | undefined): CheckpointVerdict =>
  checkpoint ? { kind: 'unknown' } : { kind: 'none', start: startOf(mapping), rows: undefined };

const checkpointVerdict = async (
  mapping: ParsedMapping,
  source: Source,
  checkpoint: Checkpoint | undefined,
): Promise<CheckpointVerdict> => {
  // What a snapshot remembers is judged by its own run, which alone has the key of the hashes.
  if (isSnapshot(mapping.file)) return fromState(mapping, checkpoint);
  try {
    const { read } = await planStream(mapping, source, checkpoint, {});
    if (checkpoint) return { kind: 'fits', cursor: checkpoint.cursor };
    const { stream, from, before } = read;
    const range = { ...(from === undefined ? {} : { from }), ...(before === undefined ? {} : { before }) };
    const rows = before === undefined ? 0 : await source.countRows(stream, range).catch(() => undefined);
    return { kind: 'none', start: startOf(mapping), rows };
  } catch (error) {
    if (!(error instanceof FatalError) || error.code !== 'checkpoint-mismatch') throw error;
    return { kind: 'mismatch', text: `${error.message}. ${error.hint ?? ''}` };
  }
};

const compareEvents = async (
  { name, renamedFrom }: Pair,
  before: ParsedMapping,
  after: ParsedMapping,
  source: Source,
  { datasets, limit, now, stop, state }: PlanTools,
): Promise<NonNullable<MappingPlan['events']>> => {
  const versions = [
    { mapping: before, datasetId: datasets.before(before) },
    { mapping: after, datasetId: datasets.after(after) },
  ] as const;
  const { dedupKeys, ...compared } = compareRows(await sampleRows(...versions, { source, limit, now, stop }));
  // Under a new name the ledger begins anew: it knows none of the rows, whatever their keys.
  const ledger = renamedFrom ?? name;
  const sinceDay = Math.floor(now / 86_400) - dedupWindowDays(after);
  const isKnown = async (mapping: string, key: string, rowKey: readonly string[]): Promise<boolean> => {
    const history = await state?.findRowHistory(mapping, key, rowKey);
    return history?.acknowledgedDay !== undefined && history.acknowledgedDay >= sinceDay;
  };
  let sentAgain = 0;
  for (const each of dedupKeys) {
    if (renamedFrom === undefined && each.before === each.after) continue;
    if ((await isKnown(ledger, each.before, each.rowKey)) && !(await isKnown(name, each.after, each.rowKey)))
      sentAgain += 1;
  }
  return { ...compared, sentAgain };
};
