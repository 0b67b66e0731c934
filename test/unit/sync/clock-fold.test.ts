import { expect, it } from 'vitest';
import { foldAround } from '../../../src/sync/clock-fold.ts';

const iso = (fold: ReturnType<typeof foldAround>): string[] | undefined =>
  fold && [new Date(fold.start).toISOString(), new Date(fold.end).toISOString()];

it.each([
  ['Europe/Berlin', '2026-10-25T00:30:00Z', ['2026-10-25T00:00:00.000Z', '2026-10-25T02:00:00.000Z']],
  ['Europe/Berlin', '2026-10-25T01:59:59.999Z', ['2026-10-25T00:00:00.000Z', '2026-10-25T02:00:00.000Z']],
  ['Europe/Berlin', '2026-10-25T02:00:00Z', undefined],
  ['Europe/Berlin', '2026-10-24T23:59:59.999Z', undefined],
  ['Europe/Berlin', '2026-03-29T01:30:00Z', undefined],
  ['America/New_York', '2026-11-01T06:30:00Z', ['2026-11-01T05:00:00.000Z', '2026-11-01T07:00:00.000Z']],
  ['Australia/Lord_Howe', '2026-04-04T15:10:00Z', ['2026-04-04T14:30:00.000Z', '2026-04-04T15:30:00.000Z']],
  ['UTC', '2026-10-25T00:30:00Z', undefined],
  ['Asia/Kolkata', '2026-10-25T00:30:00Z', undefined],
])('in %s, %s lies in %j', (zone, instant, fold) => {
  expect(iso(foldAround(Date.parse(instant), zone))).toEqual(fold);
});
