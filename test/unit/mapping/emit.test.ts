import { describe, expect, it } from 'vitest';
import type { Cell, ColumnKind } from '../../../connectors/connector.ts';
import { checkMapping, parseMapping } from '../../../src/mapping/compile-mapping.ts';
import { bindForTest, mappingFile } from '../../support/bind-for-test.ts';

type Cells = Readonly<Record<string, Cell>>;
const LEAD: Cells = { id: 7n, at: '2026-11-23 10:00:00', updated_at: '2026-11-23 10:00:00', email: 'ada@example.com' };
const KINDS: Record<string, ColumnKind> = { stage: 'text', owner: 'text', score: 'decimal' };

const bind = (changes: Record<string, unknown>, event: Record<string, unknown> = {}) => {
  const { map, columns } = bindForTest(mappingFile(changes, event), KINDS);
  const sent = (row: Cells): { id: string; key: string } => {
    const mapped = map({ ...LEAD, ...row });
    if (mapped.kind !== 'event') throw new Error(JSON.stringify(mapped));
    return { id: JSON.parse(mapped.json).event_id, key: mapped.dedupKey };
  };
  return { sent, columns: columns.map(({ name }) => name) };
};

describe('emit: once', () => {
  it('is what a mapping does that says nothing, to the letter of its ids', () => {
    const silent = bind({});
    const once = bind({ emit: 'once' });
    expect(once.sent({})).toEqual(silent.sent({}));
    // An id of an earlier version: the ledgers of users are full of them.
    expect(silent.sent({}).id).toBe('cc6522ebbce7b25ee98a7931fa556b87');
    expect(once.columns).toEqual(silent.columns);
  });
});

describe('emit: on_change', () => {
  const { sent, columns } = bind({ emit: { on_change: ['stage'] } });

  it('gives each value of the column an id and a ledger key of its own, and the same ones again for the same value', () => {
    const stages = ['raw', 'qualified', 'won', 'raw'].map((stage) => sent({ stage }));
    expect(new Set(stages.map(({ id }) => id)).size).toBe(3);
    expect(new Set(stages.map(({ key }) => key)).size).toBe(3);
    expect(stages[3]).toEqual(stages[0]);
  });

  it('leaves them as they are when other columns of the row change', () => {
    const before = sent({ stage: 'raw' });
    expect(sent({ stage: 'raw', updated_at: '2026-11-23 11:00:00', email: 'ada.l@example.com' })).toEqual(before);
  });

  it('reads the column also where nothing else does', () => {
    expect(columns).toContain('stage');
  });

  it('knows NULL from an empty text and from the word, and one row from another', () => {
    const ids = [{ stage: null }, { stage: '' }, { stage: 'null' }, { stage: null, id: 8n }].map((row) => sent(row).id);
    expect(new Set(ids).size).toBe(4);
  });

  it('of several columns is one event for each combination, in whatever order they are listed', () => {
    const two = bind({ emit: { on_change: ['stage', 'owner'] } });
    const turned = bind({ emit: { on_change: ['owner', 'stage', 'owner'] } });
    const row = { stage: 'a', owner: 'b' };
    expect(turned.sent(row)).toEqual(two.sent(row));
    expect(two.sent({ stage: 'b', owner: 'a' })).not.toEqual(two.sent(row));
    expect(two.sent({ stage: 'a","b', owner: '' })).not.toEqual(two.sent(row));
  });

  it('of a column that the source has not is a problem at its place in the list', () => {
    const { mapping } = parseMapping(mappingFile({ emit: { on_change: ['id', 'stgae'] } }));
    const columns = ['id', 'at', 'email', 'stage'].map(
      (name) => ({ name, kind: 'text', type: '', nullable: true }) as const,
    );
    expect(checkMapping(mapping, columns)).toMatchObject([
      { code: 'unknown-column', path: ['emit', 'on_change', 1], hint: 'did you mean "stage"?' },
    ]);
    expect(checkMapping(mapping, undefined)).toEqual([]);
  });
});

describe('emit: every_update', () => {
  const { sent, columns } = bind({ emit: 'every_update' });

  it('gives each value of the cursor an event of its own, and reads the cursor for it', () => {
    expect(columns).toContain('updated_at');
    const first = sent({});
    expect(sent({ email: 'other@example.com' })).toEqual(first);
    expect(sent({ updated_at: '2026-11-23 10:00:00.000001' }).id).not.toBe(first.id);
  });
});

describe('emit with an order_id', () => {
  const custom_data = { order_id: '=stage' };

  it('is known by its event_id, not by the order, of which all but the first would be repeats', () => {
    const several = bind({ emit: 'every_update' }, { custom_data });
    const one = several.sent({ stage: 'A-1' });
    expect(several.sent({ stage: 'A-1', updated_at: '2026-11-23 11:00:00' }).key).not.toBe(one.key);
    const once = bind({}, { custom_data });
    expect(once.sent({ stage: 'A-1', id: 1n }).key).toBe(once.sent({ stage: 'A-1', id: 2n }).key);
  });
});

describe('emit with an event_id of its own', () => {
  const own = bind({ emit: { on_change: ['stage'] } }, { event_id: '="lead-" + string(id)' });

  it('sends that id as it is written, and the ledger tells the values apart', () => {
    const raw = own.sent({ stage: 'raw' });
    const won = own.sent({ stage: 'won' });
    expect([raw.id, won.id]).toEqual(['lead-7', 'lead-7']);
    expect(raw.key).not.toBe(won.key);
    expect(own.sent({ stage: 'raw', updated_at: '2026-11-23 11:00:00' })).toEqual(raw);
  });

  it('of a row where it is blank is the default one', () => {
    const blank = bind({ emit: { on_change: ['stage'] } }, { event_id: '=owner' });
    expect(blank.sent({ stage: 'raw' }).id).toMatch(/^[0-9a-f]{32}$/);
    expect(blank.sent({ stage: 'raw' }).id).not.toBe(blank.sent({ stage: 'won' }).id);
  });
});
