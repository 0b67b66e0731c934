import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Pending, trackDedup } from '../../src/dedup/track-dedup.ts';
import { type OpenPage, trackSettlement } from '../../src/sync/settlement.ts';
import { eventRow } from '../support/scripted-post.ts';

/** What happens to rows of a run, in any order: a page with its keys, an answer for one under way, a fold, a look at the checkpoint. */
type Step =
  | { readonly do: 'page'; readonly keys: readonly number[]; readonly moves: boolean }
  | { readonly do: 'accept' | 'refuse'; readonly which: number }
  | { readonly do: 'fold' | 'take' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('page' as const),
      keys: fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
      moves: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('accept' as const, 'refuse' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('fold' as const, 'take' as const) }) },
);

it('every row gets one outcome, no key is accepted twice, and the checkpoint never passes an open row', () => {
  let promoted = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.uniqueArray(fc.nat(5), { maxLength: 2 }), (steps, old) => {
      const keyOf = (n: number): string => eventRow(`k${n}`).dedupKey;
      const dedup = trackDedup(old.slice(0, 1).map(keyOf));
      const settlement = trackSettlement();
      // The model: outcomes by row, the ledger, and pages in order with the rows they wait for.
      const outcome = new Map<Pending, string>();
      const ledger = new Set<string>(old.slice(1).map(keyOf));
      const accepted: string[] = [];
      const unfolded: string[] = old.slice(0, 1).map(keyOf); // what an earlier process acknowledged is folded too
      const underWay: Pending[] = [];
      const pages: { rows: Pending[]; end: number | undefined }[] = [];
      let checkpoint: number | undefined;

      const settle = (pending: Pending, result: string): void => {
        expect(outcome.has(pending)).toBe(false);
        outcome.set(pending, result);
        settlement.resolve(pending.page);
      };
      const take = (): void => {
        const position = settlement.takePosition();
        let settled: number | undefined;
        for (const { rows, end } of pages) {
          if (rows.some((row) => !outcome.has(row))) break;
          settled = end ?? settled;
        }
        if (position) checkpoint = Number(position.cursor);
        expect(checkpoint).toBe(settled);
      };
      const act = (now: Step): void => {
        if (now.do === 'page') {
          const end = now.moves ? pages.length : undefined;
          const open: OpenPage = settlement.begin(
            now.keys.length,
            end === undefined ? undefined : { cursor: String(end), key: [] },
          );
          const rows = now.keys.map(
            (key, n): Pending => ({
              event: eventRow(`${pages.length}.${n}`, { dedupKey: keyOf(key) }),
              page: open,
              siblings: [],
            }),
          );
          pages.push({ rows, end });
          dedup.beforeLookup();
          const seen = new Set(rows.map((row) => row.event.dedupKey).filter((key) => ledger.has(key)));
          for (const row of rows) {
            const verdict = dedup.offer(row, seen);
            if (verdict === 'new') underWay.push(row);
            if (verdict === 'duplicate') settle(row, 'duplicate');
          }
        } else if (now.do === 'accept' || now.do === 'refuse') {
          const [pending] = underWay.splice(now.which % Math.max(1, underWay.length), 1);
          if (!pending) return;
          if (now.do === 'accept') {
            expect(accepted).not.toContain(pending.event.dedupKey);
            accepted.push(pending.event.dedupKey);
            unfolded.push(pending.event.dedupKey);
            for (const sibling of dedup.accepted(pending)) settle(sibling, 'duplicate');
            settle(pending, 'sent');
          } else {
            const next = dedup.refused(pending);
            if (next) {
              promoted += 1;
              expect(next.event.dedupKey).toBe(pending.event.dedupKey);
              underWay.push(next);
            }
            settle(pending, 'rejected');
          }
        } else if (now.do === 'fold') {
          const folded = dedup.beginFold();
          for (const key of unfolded.splice(0)) ledger.add(key);
          folded();
        } else take();
        const open = pages.flatMap(({ rows }) => rows).filter((row) => !outcome.has(row));
        expect(settlement.openRows()).toBe(open.length);
        expect(new Set(underWay.map((row) => row.event.dedupKey)).size).toBe(underWay.length);
      };

      for (const now of steps) act(now);
      while (underWay.length > 0) act({ do: 'accept', which: 0 });
      take();
      expect(settlement.openRows()).toBe(0);
      const offered = new Set(pages.flatMap(({ rows }) => rows.map((row) => row.event.dedupKey)));
      const known = new Set(old.map(keyOf));
      for (const key of offered) {
        const rows = pages.flatMap((page) => page.rows).filter((row) => row.event.dedupKey === key);
        const sent = rows.filter((row) => outcome.get(row) === 'sent').length;
        const refused = rows.filter((row) => outcome.get(row) === 'rejected').length;
        if (known.has(key)) expect(sent + refused).toBe(0);
        else expect(sent).toBe(refused === rows.length ? 0 : 1);
      }
    }),
    { numRuns: 2000 },
  );
  expect(promoted).toBeGreaterThan(100);
});
