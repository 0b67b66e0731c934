import { DROP } from './drop.ts';
import type { Normalise } from './normalise.ts';

/**
 * external_id: trimmed only, because it must have the same form on every channel and no rule is documented
 * (parameters/external-id, read 2026-09-12). An id may look like a hash; it is hashed like any other.
 */
export const normaliseExternalId: Normalise = (text) => {
  const id = text.trim();
  return id === '' ? DROP.empty : id.isWellFormed() ? id : DROP['invalid-id'];
};
