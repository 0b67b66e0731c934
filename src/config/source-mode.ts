/** How a mapping finds new and changed rows, and the settings of that way. */
import { type CursorSettings, type MappingFile, SNAPSHOT_DEFAULTS, type SnapshotSettings } from './mapping-schema.ts';

type File = Pick<MappingFile, 'source'>;

export const isSnapshot = ({ source }: File): boolean => source.mode === 'snapshot';

/** `checkMapping` has made sure that there is one. To be asked of mappings with a cursor only. */
export const cursorOf = ({ source }: File): CursorSettings => {
  if (source.cursor === undefined) throw new TypeError('a snapshot has no cursor');
  return source.cursor;
};

export const snapshotOf = ({ source }: File): SnapshotSettings => ({ ...SNAPSHOT_DEFAULTS, ...source.snapshot });
