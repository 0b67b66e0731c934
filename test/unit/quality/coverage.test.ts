import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../connectors/connector.ts';
import { bindMapping } from '../../../src/mapping/bind-mapping.ts';
import type { MappedRow } from '../../../src/mapping/mapped-row.ts';
import type { MatchKeyCounts } from '../../../src/mapping/user-data-fields.ts';
import { coverageOf, estimateOf } from '../../../src/quality/coverage.ts';
import { bindForTest, mappingFile, NOW } from '../../support/bind-for-test.ts';

describe('coverage', () => {
  it('counts events, not rows: what a rejected row carried is left out', () => {
    const counts: MatchKeyCounts = {
      present: { em: 9, ph: 9, zp: 4 },
      dropped: { ph: { 'invalid-phone': 2 } },
      together: [
        { keys: ['em', 'ph'], events: 5 },
        { keys: ['zp'], events: 1 },
      ],
    };
    expect(coverageOf(counts)).toEqual({
      events: 6,
      present: { em: 5, ph: 5, zp: 1 },
      dropped: { ph: { 'invalid-phone': 2 } },
      broadOnly: 1,
      bands: { low: 1, medium: 5, good: 0, great: 0 },
    });
  });

  it('comes out of a mapping that is asked for it', () => {
    const counts: MatchKeyCounts = { present: {}, dropped: {}, together: [] };
    const file = mappingFile({}, { user_data: { em: '=email', zp: '=zip', ln: '=name', country: 'de' } });
    const { mapping, columns } = bindForTest(file);
    const mapRow = bindMapping(mapping, { columns, datasetId: '1', now: () => NOW, counts });
    const map = (cells: Record<string, Cell>): MappedRow => mapRow(columns.map(({ name }) => cells[name] ?? null));
    const row = { id: 1, at: '2026-11-23 10:00:00' };
    map({ ...row, email: 'a@example.com', zip: '10115' });
    map({ ...row, email: 'b@example.com', zip: '10115' });
    map({ ...row, name: 'Meier' });
    map({ ...row, email: 'no address' }); // weak: rejected, and no event
    expect(coverageOf(counts)).toMatchObject({
      events: 3,
      present: { em: 2, zp: 2, ln: 1, country: 3 },
      dropped: { em: { 'invalid-email': 1 } },
      broadOnly: 1,
    });
  });
});

describe('the estimate', () => {
  const of = (low: number, medium: number, good: number, great: number) =>
    estimateOf({ events: low + medium + good + great, bands: { low, medium, good, great } });

  it('is the band of the event in the middle', () => {
    expect(of(0, 0, 0, 1)).toBe('great');
    expect(of(49, 0, 0, 51)).toBe('great');
    expect(of(0, 3, 2, 4)).toBe('good');
    expect(of(10, 2, 0, 0)).toBe('low');
  });

  it('is none where there is no event', () => {
    expect(of(0, 0, 0, 0)).toBeUndefined();
  });
});
