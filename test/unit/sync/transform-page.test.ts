import { expect, it } from 'vitest';
import type { MappedEvent, MappedRow, RejectedRow } from '../../../src/mapping/mapped-row.ts';
import { blockPool } from '../../../src/sync/pack-texts.ts';
import { transformPage, unpackPage } from '../../../src/sync/transform-page.ts';
import { eventRow, textOf } from '../../support/scripted-post.ts';

/** As the mapping gives it: with its text. */
const mappedEvent = (name: string): MappedEvent => {
  const { bytes, ...rest } = eventRow(name);
  return { kind: 'event', ...rest, json: textOf(bytes) };
};

it('sorts the rows of a page by outcome, none left out, in their order', () => {
  const rejected = (key: string): RejectedRow => ({
    kind: 'rejected',
    rowKey: [key, '"'],
    code: 'c',
    field: 'f',
    fingerprint: 'p',
  });
  const outcomes: Record<string, MappedRow> = {
    e1: mappedEvent('e1'),
    e2: mappedEvent('e2'),
    r1: rejected('r1'),
    f1: { kind: 'filtered', reason: 'filter' },
    f2: { kind: 'filtered', reason: 'consent' },
    x1: { kind: 'expired' },
  };
  const packed = transformPage(
    ['e1', 'f1', 'r1', 'x1', 'f2', 'e2'].map((name) => [name]),
    ([name]) => outcomes[String(name)] as MappedRow,
    blockPool(),
  );
  expect(packed.rows).toBe(6);
  const page = unpackPage(structuredClone(packed)); // as it arrives from another thread
  const events = page.events.map(({ dedupKey, rowKey, eventTime, maxAgeSeconds, bytes }) => ({
    ...{ dedupKey, rowKey, eventTime, maxAgeSeconds },
    bytes: Buffer.from(bytes),
  }));
  expect(events).toEqual([eventRow('e1'), eventRow('e2')]);
  expect(page.rejected).toEqual([outcomes.r1]);
  expect([page.filtered, page.expired]).toEqual([2, 1]);
  expect(page.rowKeys()).toEqual(['["e1"]', '["e2"]', '["r1","\\""]']);
});
