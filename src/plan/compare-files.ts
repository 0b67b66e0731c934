/** What two versions of a mapping file say differently, key by key, as it is written: nothing of `${}` is replaced, so no secret is in it. */

export type FileChange = {
  /** `event.custom_data.value` */
  readonly path: string;
  /** As JSON; null: not there. */
  readonly before: string | null;
  readonly after: string | null;
};

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const written = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

/** Tests change nothing that runs; lists are one thing, and so is what only one of the two has. */
export const compareFiles = (before: unknown, after: unknown, path: readonly string[] = []): FileChange[] => {
  if (path.length === 1 && (path[0] === 'tests' || path[0] === 'description')) return [];
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => compareFiles(own(before, key), own(after, key), [...path, key]));
  }
  const [old, now] = [written(before), written(after)];
  return old === now ? [] : [{ path: path.join('.'), before: old, after: now }];
};

const own = (map: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(map, key) ? map[key] : undefined;
