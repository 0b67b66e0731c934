import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../connectors/connector.ts';
import { explainRow } from '../../../src/explain/explain-row.ts';
import { bindForTest, mappingFile, NOW } from '../../support/bind-for-test.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

const explain = (changes: object, event: object, row: Record<string, Cell>) => {
  const { mapping, columns } = bindForTest(mappingFile(changes as never, event as never));
  const cells = columns.map(({ name }) => ({ id: 7, at: '2026-11-23 10:00:00', ...row })[name] ?? null);
  return explainRow(mapping, cells, { columns, datasetId: '1', now: NOW });
};

describe('a match key', () => {
  it('is shown from the column to the hash, masked', () => {
    const { matchKeys } = explain({}, {}, { email: ' Ada@Example.com' });
    expect(matchKeys).toEqual([
      {
        key: 'em',
        source: '=email',
        value: 'A*** (8-15: letters, spaces, signs)',
        normal: 'a*** (8-15: letters, signs)',
        hash: sha('ada@example.com'),
        verdict: 'sent',
        drop: null,
        rule: { text: expect.stringContaining('E-mail'), page: 'parameters/customer-information-parameters' },
      },
    ]);
  });

  it('is dropped with reason and cure, is empty, or failed', () => {
    const user_data = { em: ['=email', '=second'], ph: '=phone', ct: '=city', ln: '=lower(name)' };
    const { matchKeys } = explain(
      {},
      { user_data },
      { email: 'nobody', second: 'b@example.com', phone: '0301234567', city: '' },
    );
    expect(matchKeys.map(({ key, verdict, drop, source }) => [key, source, verdict, drop?.reason])).toEqual([
      ['em', '=email', 'dropped', 'invalid-email'],
      ['em', '=second', 'sent', undefined],
      ['ph', '=phone', 'dropped', 'phone-without-country'],
      ['ct', '=city', 'empty', undefined],
      ['ln', '=lower(name)', 'empty', undefined],
    ]);
    expect(matchKeys[2]?.drop?.cure).toContain('defaults.country');
    const failing = explain(
      {},
      { user_data: { em: '=email', ln: '=string(number(name))' } },
      { email: 'a@example.com', name: 'x' },
    );
    expect(failing.matchKeys[1]).toMatchObject({ verdict: 'failed', value: null, hash: null });
    expect(failing.mapped).toMatchObject({ kind: 'rejected', code: 'expression-failed', field: 'user_data.ln' });
  });

  it('is read by the country of its row', () => {
    const user_data = { ph: '=phone', country: ['=land', '=country'] };
    const { matchKeys } = explain(
      { defaults: { country: 'us' } },
      { user_data },
      { phone: '030 1234567', country: 'Germany' },
    );
    expect(matchKeys[0]?.hash).toBe(sha('49301234567'));
    expect(matchKeys.map(({ verdict }) => verdict)).toEqual(['sent', 'empty', 'sent']);
  });

  it('has no normal form where it was hashed before, and no hash where it leaves in plain', () => {
    const user_data = { em: { value: '=email', hashed: true }, fbp: '=fbp', fbc: { fbclid: '=click', at: '=at' } };
    const { matchKeys } = explain(
      {},
      { user_data },
      { email: sha('x'), fbp: 'fb.1.1596403881668.1116446470', click: 'AbCdEf' },
    );
    expect(matchKeys.map(({ source, normal, hash }) => [source, normal, hash])).toEqual([
      ['{ value: =email, hashed: true }', null, sha('x')],
      ['=fbp', 'f*** (16-31: letters, digits, signs)', null],
      ['{ fbclid: =click, at: =at }', 'f*** (16-31: letters, digits, signs)', null],
    ]);
  });
});

describe('the steps of a row', () => {
  it('are explained past a filter and a consent that stop it', () => {
    const changes = { filter: '=status == "paid"', consent: { require: '=consent == "granted"' } };
    const row = explain(changes, {}, { email: 'a@example.com', status: 'open', consent: 'granted' });
    expect(row.filter).toEqual({ source: '=status == "paid"', verdict: 'not true' });
    expect(row.consent?.verdict).toBe('true');
    expect(row.mapped).toEqual({ kind: 'filtered', reason: 'filter' });
    expect(row.unfiltered.kind).toBe('event');
    expect(row.dedupKey).toMatch(/^[0-9a-f]{32}$/);
  });

  it('tell the age against the limit of the action source', () => {
    const old = { email: 'a@example.com', at: '2026-11-13 12:00:00' };
    const website = explain({}, {}, old);
    expect(website.time).toEqual({ source: '=at', at: NOW - 864_000, ageSeconds: 864_000, maxAgeSeconds: 7 * 86_400 });
    expect(website.mapped).toEqual({ kind: 'expired' });
    const store = explain({}, { action_source: 'physical_store' }, old);
    expect(store.time.maxAgeSeconds).toBe(62 * 86_400);
    expect(store.mapped.kind).toBe('event');
  });

  it('know an event that is too old by now by the dedup key it was sent with', () => {
    const row = (at: string) => explain({}, {}, { email: 'a@example.com', at });
    const old = row('2026-11-13 12:00:00');
    expect(old.mapped.kind).toBe('expired');
    expect(old.dedupKey).toBe(row('2026-11-23 10:00:00').dedupKey);
  });

  it('show fields of the event: constants as they are, values masked, what is null or cannot be read', () => {
    const custom_data = { value: '=total', currency: 'EUR', order_id: '=order_no', num_items: '=items' };
    const { fields } = explain(
      {},
      { custom_data, event_id: '="o-" + order_no' },
      { email: 'a@b.de', total: '12,x', order_no: 'A-77812' },
    );
    expect(Object.fromEntries(fields.map(({ key, value, verdict }) => [key, `${verdict} ${value}`]))).toEqual({
      event_name: 'sent Lead',
      action_source: 'sent system_generated',
      'custom_data.value': 'unreadable null',
      'custom_data.currency': 'sent EUR',
      'custom_data.order_id': 'sent A*** (4-7: letters, digits, signs)',
      'custom_data.num_items': 'empty null',
      event_id: 'sent o*** (8-15: letters, digits, signs)',
    });
  });
});
