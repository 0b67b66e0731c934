/**
 * Runs of a sync over the model, with what the program itself uses to plan, page, look up and settle. Only the far side and the
 * state are simple here: a batch arrives or not, an acknowledgement is one write with the checkpoint, and a process may die at any of them.
 */
import type { Position, Source } from '../../connectors/connector.ts';
import { filterUnseen } from '../../src/dedup/filter-unseen.ts';
import { type Pending, trackDedup } from '../../src/dedup/track-dedup.ts';
import { readParts } from '../../src/extract/read-stream.ts';
import type { ParsedMapping } from '../../src/mapping/compile-mapping.ts';
import type { MappedRow } from '../../src/mapping/mapped-row.ts';
import type { Checkpoint, Fence, RunCounts } from '../../src/state/state-store.ts';
import { mapPages } from '../../src/sync/map-pages.ts';
import { blockPool } from '../../src/sync/pack-texts.ts';
import { mapPagesWith, type PageRead, quiet } from '../../src/sync/page-mapper.ts';
import type { PageMappers } from '../../src/sync/page-mappers.ts';
import { planStream } from '../../src/sync/plan-stream.ts';
import { trackSettlement } from '../../src/sync/settlement.ts';

/** What outlives a process. */
export type Kept = {
  checkpoint: Checkpoint | undefined;
  readonly ledger: Set<string>;
  readonly arrived: Map<string, number>;
};

export type RunSettings = {
  readonly pageSize: number;
  readonly batchSize: number;
  readonly limit: number | undefined;
  /** Pages under way at once. */
  readonly width: number;
  /** The process dies at this operation, which has its effect or not. */
  readonly crash: { readonly at: number; readonly kept: boolean } | undefined;
  /** Which batch under way is acknowledged next, again and again. */
  readonly order: readonly number[];
  /** The checkpoint follows the last page read, whatever is still under way: a mistake. */
  readonly isHasty: boolean;
};

class Crash extends Error {}

const pool = blockPool();
const UNDER_WAY = 3;

export const identityOf = (id: unknown, version: unknown): string => `${id}.${version}`;
const hexOf = (text: string): string => Buffer.from(text).toString('hex').padEnd(32, '0');

/** @returns how the run ended, and what it counted */
export const runOnce = async (
  mapping: ParsedMapping,
  source: Source,
  kept: Kept,
  { pageSize, batchSize, limit, width, crash, order, isHasty }: RunSettings,
): Promise<{ readonly end: 'complete' | 'cut' | 'died'; readonly counts: RunCounts }> => {
  const counts = { read: 0, sent: 0, duplicate: 0, filtered: 0, rejected: 0, expired: 0 } as RunCounts;
  const settlement = trackSettlement();
  const dedup = trackDedup([]);
  const names = new Map<string, string>();
  let operations = 0;
  const operate = (effect: () => void): void => {
    operations += 1;
    const dies = crash?.at === operations;
    if (!dies || crash.kept) effect();
    if (dies) throw new Crash();
  };
  const underWay: Pending[][] = [];
  let waiting: Pending[] = [];
  let turn = 0;
  let isCut = false;

  try {
    const plan = await planStream(mapping, source, kept.checkpoint, { limit, pageSize });
    const place = (position: Position): void => {
      kept.checkpoint = { ...position, fingerprint: plan.fingerprint } as Checkpoint;
    };
    const moveCheckpoint = (): void => {
      const position = settlement.takePosition();
      if (position) place(position);
    };
    const send = (): void => {
      if (waiting.length === 0) return;
      const batch = waiting.splice(0, batchSize);
      operate(() => {
        for (const { event } of batch) {
          const name = names.get(event.dedupKey) as string;
          if (kept.ledger.has(name)) throw new Error(`${name} was sent again after its acknowledgement`);
          kept.arrived.set(name, (kept.arrived.get(name) ?? 0) + 1);
        }
      });
      underWay.push(batch);
    };
    const acknowledge = (): void => {
      turn += 1;
      const [batch = []] = underWay.splice((order[turn % Math.max(1, order.length)] ?? 0) % underWay.length, 1);
      operate(() => {
        for (const pending of batch) {
          kept.ledger.add(names.get(pending.event.dedupKey) as string);
          for (const { page } of [pending, ...dedup.accepted(pending)]) settlement.resolve(page);
        }
        counts.sent += batch.length;
        moveCheckpoint();
      });
    };

    const idAt = plan.read.columns.indexOf('id');
    const versionAt = plan.read.columns.indexOf('version');
    const mapRow = (row: readonly unknown[]): MappedRow => {
      const name = identityOf(row[idAt], row[versionAt]);
      names.set(hexOf(name), name);
      return {
        kind: 'event',
        rowKey: [String(row[idAt])],
        dedupKey: hexOf(name),
        json: '{}',
        eventTime: 0,
        maxAgeSeconds: 1,
      };
    };
    const mapper = mapPagesWith(
      { source, stream: plan.read.stream, mapRow, counts: { present: {}, dropped: {} } },
      pool,
    );
    const mappers: PageMappers = {
      map: (range) => {
        const read = Promise.withResolvers<PageRead | undefined>();
        const mapped = mapper.map(range, read.resolve);
        mapped.catch(read.reject);
        return quiet({ read: read.promise, mapped, giveBack: mapper.giveBack });
      },
      expectMore: () => undefined,
      width: () => width,
      close: async () => undefined,
    };
    const pages = mapPages(
      {
        parts: readParts(plan.read),
        mappers,
        matchKeys: { present: {}, dropped: {} },
        findSeen: async (_, keys) => new Set(keys.filter((key) => kept.ledger.has(names.get(key) as string))),
        findDeadLetters: async () => new Map(),
        fence: {} as Fence,
        seenSinceDay: () => 0,
        beforeLookup: dedup.beforeLookup,
        limit,
        onLimit: () => {
          isCut = true;
        },
      },
      new AbortController().signal,
    );
    const loader = { addDeadLetter: () => undefined, expectCleared: () => undefined };
    for await (const page of pages) {
      waiting.push(...filterUnseen(page, { dedup, settlement, counts, loader, fingerprintOf: () => '' }));
      while (waiting.length >= batchSize) send();
      while (underWay.length > UNDER_WAY) acknowledge();
      if (isHasty && page.end) place(page.end);
      else operate(moveCheckpoint);
    }
    while (waiting.length > 0) send();
    waiting = [];
    while (underWay.length > 0) acknowledge();
    operate(moveCheckpoint);
    return { end: isCut ? 'cut' : 'complete', counts };
  } catch (error) {
    if (error instanceof Crash) return { end: 'died', counts };
    throw error;
  }
};
