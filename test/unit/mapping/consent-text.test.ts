import { describe, expect, it } from 'vitest';
import { consentText } from '../../../src/mapping/consent-text.ts';
import { bindForTest, mappingFile, NOW } from '../../support/bind-for-test.ts';

const ROW = { id: '1', email: 'ada@example.com', at: new Date((NOW - 60) * 1000).toISOString() };

describe('the text of consent that a run keeps', () => {
  it('is none where the mapping asks for none', () => {
    expect(consentText(mappingFile())).toBeUndefined();
    expect(consentText(mappingFile({ consent: {} }))).toBeUndefined();
  });

  it('has each condition as the file has it, on a line of its own', () => {
    const consent = { require: '=marketing_opt_in == true', limited_data_use: '=state == "CA"' };
    expect(consentText(mappingFile({ consent }, { opt_out: '=no_ads' }))).toBe(
      'require: =marketing_opt_in == true\nlimited_data_use: =state == "CA"\nopt_out: =no_ads',
    );
  });

  it('has constants too, and folds an expression of several lines into one', () => {
    expect(consentText(mappingFile({ consent: { require: true } }))).toBe('require: true');
    expect(consentText(mappingFile({ consent: { require: '=opt_in == true\n  && age > 17\n' } }))).toBe(
      'require: =opt_in == true && age > 17',
    );
    expect(consentText(mappingFile({}, { opt_out: false }))).toBe('opt_out: false');
  });

  it('does not change with anything else of the mapping', () => {
    const consent = { require: '=opt_in' };
    expect(consentText(mappingFile({ consent, filter: '=paid', name: 'other' }))).toBe(
      consentText(mappingFile({ consent })),
    );
  });
});

describe('opt_out', () => {
  const sent = (value: string | boolean | null, kind: 'boolean' | 'integer' | 'text' = 'boolean') => {
    const { map } = bindForTest(mappingFile({}, { opt_out: '=no_ads' }), { no_ads: kind });
    const mapped = map({ ...ROW, no_ads: value });
    return mapped.kind === 'event' ? (JSON.parse(mapped.json) as { opt_out?: boolean }).opt_out : mapped;
  };

  it('goes out as true or false, however the database writes it', () => {
    expect([sent('t'), sent('f'), sent('1', 'integer'), sent('0', 'integer'), sent('true', 'text')]).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it('is left out where the row says nothing', () => {
    expect(sent(null)).toBeUndefined();
  });

  it('rejects the row where it cannot be read, rather than let the person count as willing', () => {
    expect(sent('perhaps', 'text')).toMatchObject({ kind: 'rejected', field: 'opt_out' });
  });
});
