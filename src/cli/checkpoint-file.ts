/** What `checkpoint export` writes and `checkpoint import` takes. */
import { EXIT, FatalError } from '../errors.ts';
import type { Checkpoint } from '../state/state-store.ts';

export type NamedCheckpoint = Checkpoint & { readonly mapping: string };

const isCheckpoint = (value: unknown): value is NamedCheckpoint => {
  const { mapping, cursor, key, fingerprint } = (value ?? {}) as Record<string, unknown>;
  const texts = [mapping, cursor, fingerprint, ...(Array.isArray(key) ? key : [undefined])];
  return texts.every((text) => typeof text === 'string') && (key as unknown[]).length > 0;
};

/** @throws FatalError `checkpoint-file` */
export const parseCheckpoints = (text: string): NamedCheckpoint[] => {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    document = undefined;
  }
  const { version, checkpoints } = (document ?? {}) as Record<string, unknown>;
  const names = new Set<string>();
  const isWhole =
    version === 1 &&
    Array.isArray(checkpoints) &&
    checkpoints.every((each) => isCheckpoint(each) && !names.has(each.mapping) && names.add(each.mapping));
  if (!isWhole || checkpoints.length === 0)
    throw new FatalError('checkpoint-file', 'this is not what "capi-sync checkpoint export" writes', {
      hint: '{"version": 1, "checkpoints": [{"mapping", "cursor", "key", "fingerprint"}]}, each mapping once',
      exitCode: EXIT.usage,
    });
  return (checkpoints as NamedCheckpoint[]).map(({ mapping, cursor, key, fingerprint }) => ({
    mapping,
    cursor,
    key,
    fingerprint,
  }));
};
