/** Which mappings come, stay and go. A mapping is its name: the key of its checkpoint and of its ledger. */
import type { ParsedMapping } from '../mapping/compile-mapping.ts';

export type Pair = {
  readonly name: string;
  readonly change: 'added' | 'removed' | 'kept';
  /** As the earlier files have it. */
  readonly before: ParsedMapping | undefined;
  readonly after: ParsedMapping | undefined;
  /** Added, and reads what a removed one read: its checkpoint and ledger stay behind under that name. */
  readonly renamedFrom: string | undefined;
};

/**
 * @param before mappings of the earlier files; undefined: there are none to compare with
 * @param known names that the state knows
 */
export const pairMappings = (
  before: readonly ParsedMapping[] | undefined,
  after: readonly ParsedMapping[],
  known: readonly string[],
): Pair[] => {
  const old = new Map((before ?? []).map((mapping) => [mapping.name, mapping]));
  const names = new Set(after.map(({ name }) => name));
  const wasThere = (name: string): boolean => (before ? old.has(name) : known.includes(name));
  const gone = [...new Set([...old.keys(), ...known])].filter((name) => !names.has(name)).sort();
  const goneFiles = gone.flatMap((name) => old.get(name) ?? []);
  return [
    ...after.map((mapping): Pair => {
      const { name } = mapping;
      const renamed = wasThere(name) ? undefined : goneFiles.find((each) => placeOf(each) === placeOf(mapping));
      return {
        name,
        change: wasThere(name) ? 'kept' : 'added',
        before: old.get(name) ?? renamed,
        after: mapping,
        renamedFrom: renamed?.name,
      };
    }),
    ...gone.map(
      (name): Pair => ({ name, change: 'removed', before: old.get(name), after: undefined, renamedFrom: undefined }),
    ),
  ];
};

const placeOf = ({ file: { source } }: ParsedMapping): string =>
  JSON.stringify([source.connection, source.table, source.query]);
