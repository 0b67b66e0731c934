/** Reads one row by its key, and finds out whether the next run would come by it. */
import type { Bounds, Column, Row, Source } from '../../connectors/connector.ts';
import { EXIT, FatalError } from '../errors.ts';
import type { ReadPlan } from '../extract/read-stream.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import type { Checkpoint } from '../state/state-store.ts';
import { planStream, readSpec } from '../sync/plan-stream.ts';

/** Whether a run that starts now reads the row, or why it does not. */
export type Reach =
  | 'next-run'
  | 'unchanged'
  | 'where'
  | 'cursor-null'
  | 'too-new'
  | 'before-start'
  | 'behind-checkpoint';

export type FoundRow = { readonly row: Row; readonly columns: readonly Column[]; readonly reach: Reach };

/**
 * @param checkpoint one that does not fit the mapping any more is left aside, as after `checkpoint reset`
 * @returns a function that finds a row by the texts of its primary key
 * @throws SourceError · MappingMismatch
 */
export const openRowFinder = async (
  mapping: ParsedMapping,
  source: Source,
  checkpoint: Checkpoint | undefined,
): Promise<(key: readonly string[]) => Promise<FoundRow>> => {
  const { read, columns } = await planStream(mapping, source, checkpoint, {}).catch((error: unknown) => {
    if (error instanceof FatalError && error.code === 'checkpoint-mismatch')
      return planStream(mapping, source, undefined, {});
    throw error;
  });
  return async (key) => {
    const [row, ...more] = await source.readKeys(read.stream, read.columns, [key]);
    if (more.length > 0) throw notUnique(mapping);
    if (row) return { row, columns, reach: await reachOf(source, read, key) };
    if (mapping.file.source.where === undefined) throw notFound(mapping);
    const { where: _where, ...spec } = readSpec(mapping);
    const [hidden] = await source.readKeys(await source.describe({ ...spec, onNull: 'skip' }), read.columns, [key]);
    if (!hidden) throw notFound(mapping);
    return { row: hidden, columns, reach: 'where' };
  };
};

const reachOf = async (source: Source, read: ReadPlan, key: readonly string[]): Promise<Reach> => {
  const isWithin = async (bounds: Bounds): Promise<boolean> =>
    (await source.readKeys(read.stream, read.columns, [key], bounds)).length > 0;
  const { before, checkpoint, lookbackFrom, from } = read;
  if (before === undefined || !(await isWithin({ before }))) return (await isWithin({})) ? 'too-new' : 'cursor-null';
  if (checkpoint) {
    const bounds = lookbackFrom === undefined ? { after: checkpoint } : { from: lookbackFrom };
    return (await isWithin(bounds)) ? 'next-run' : 'behind-checkpoint';
  }
  return from === undefined || (await isWithin({ from })) ? 'next-run' : 'before-start';
};

export const notFound = ({ name, primaryKey }: ParsedMapping): FatalError =>
  new FatalError('row-not-found', `the source of "${name}" has no row with this key`, {
    hint: `--key takes the text of ${primaryKey.join(', ')} as the database shows it`,
    exitCode: EXIT.usage,
  });

const notUnique = ({ name, primaryKey }: ParsedMapping): FatalError =>
  new FatalError('key-not-unique', `several rows of the source of "${name}" have this key`, {
    hint: `source.primary_key (${primaryKey.join(', ')}) must be unique: rows with equal keys can be skipped`,
    exitCode: EXIT.config,
  });
