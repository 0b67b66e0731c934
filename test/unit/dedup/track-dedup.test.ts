import { expect, it } from 'vitest';
import { type Pending, trackDedup } from '../../../src/dedup/track-dedup.ts';
import { eventRow } from '../../support/scripted-post.ts';

const pending = (name: string, key = 'k'): Pending => ({
  event: eventRow(name, { dedupKey: key }),
  page: { open: 1, end: undefined, onSettled: undefined },
  siblings: [],
});
const none: ReadonlySet<string> = new Set();

it('knows what an earlier process had acknowledged, and what the ledger holds', () => {
  const dedup = trackDedup(['old']);
  expect(dedup.offer(pending('a', 'old'), none)).toBe('duplicate');
  expect(dedup.offer(pending('b', 'seen'), new Set(['seen']))).toBe('duplicate');
  expect(dedup.offer(pending('c', 'fresh'), new Set(['seen']))).toBe('new');
});

it('holds repeats of what is under way, and hands them back in their order', () => {
  const dedup = trackDedup([]);
  const [a, b, c] = [pending('a'), pending('b'), pending('c')];
  expect([a, b, c].map((each) => dedup.offer(each, none))).toEqual(['new', 'held', 'held']);
  expect(dedup.refused(a)).toBe(b);
  expect(dedup.accepted(b)).toEqual([c]);
  expect(dedup.offer(pending('d'), none)).toBe('duplicate');
});

it('after the last one was refused, the next of that key is new again', () => {
  const dedup = trackDedup([]);
  const only = pending('a');
  dedup.offer(only, none);
  expect(dedup.refused(only)).toBeUndefined();
  expect(dedup.offer(pending('b'), none)).toBe('new');
});

it('forgets folded keys only when the ledger is asked again', () => {
  const dedup = trackDedup([]);
  const first = pending('a');
  dedup.offer(first, none);
  dedup.accepted(first);
  const folded = dedup.beginFold();
  const later = pending('x', 'later');
  dedup.offer(later, none);
  dedup.accepted(later);
  folded();
  expect(dedup.offer(pending('b'), none)).toBe('duplicate');
  dedup.beforeLookup();
  // A look-up that was under way when the keys went in may not have seen them.
  expect(dedup.offer(pending('c'), none)).toBe('duplicate');
  dedup.beforeLookup();
  expect(dedup.offer(pending('d'), none)).toBe('new');
  expect(dedup.offer(pending('e', 'later'), none)).toBe('duplicate');
});
