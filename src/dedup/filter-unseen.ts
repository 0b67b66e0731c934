/**
 * What of a page is still to be sent. Everything that has its outcome already (sent before, refused before and not changed since,
 * filtered, rejected, expired) is counted and settled here; what waits on the same key under way is held.
 */
import type { Loader } from '../load/load-events.ts';
import type { EventRow } from '../mapping/mapped-row.ts';
import type { RunCounts } from '../state/state-store.ts';
import type { LookedUpPage } from '../sync/map-pages.ts';
import type { Settlement } from '../sync/settlement.ts';
import type { Dedup, Pending } from './track-dedup.ts';

export type UnseenTools = {
  readonly dedup: Dedup;
  readonly settlement: Settlement;
  readonly counts: RunCounts;
  readonly loader: Pick<Loader, 'addDeadLetter' | 'expectCleared'>;
  /** 16 hex characters of the event: a dead letter is compared by it. */
  readonly fingerprintOf: (event: EventRow) => string;
};

export const filterUnseen = (page: LookedUpPage, tools: UnseenTools): Pending[] => {
  const { isNew, mapped, seen, letters } = page;
  const open = tools.settlement.begin(page.rows, page.end, page.release);
  tools.counts.read += page.rows;
  const unseen: Pending[] = [];
  const settle = (outcome: 'duplicate' | 'filtered' | 'rejected' | 'expired', count = 1): void => {
    tools.counts[outcome] += count;
    tools.settlement.resolve(open, count);
  };
  for (const event of mapped.events) {
    const rowKey = letters.size > 0 ? JSON.stringify(event.rowKey) : '';
    const known = letters.get(rowKey);
    if (known !== undefined && known === tools.fingerprintOf(event)) {
      settle('duplicate');
      continue;
    }
    if (known !== undefined) tools.loader.expectCleared(rowKey);
    const pending = { event, page: open, siblings: [] };
    const verdict = tools.dedup.offer(pending, seen);
    if (verdict === 'new') unseen.push(pending);
    else if (verdict === 'duplicate') settle('duplicate');
    // Its row stays open, so that the checkpoint waits before it.
    else if (verdict === 'parked') tools.counts.held = (tools.counts.held ?? 0) + 1;
  }
  for (const { rowKey, fingerprint, code, field } of mapped.rejected) {
    const isKnown = letters.get(JSON.stringify(rowKey)) === fingerprint;
    if (!isKnown) tools.loader.addDeadLetter({ rowKey, fingerprint, code, field, origin: 'local' });
    settle(isKnown && !isNew ? 'duplicate' : 'rejected');
  }
  settle('filtered', mapped.filtered);
  tools.counts.withoutConsent += mapped.withoutConsent;
  settle('expired', mapped.expired);
  return unseen;
};
