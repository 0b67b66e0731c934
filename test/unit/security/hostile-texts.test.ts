/** Texts that make a careless pattern run for ever, through everything that reads a cell: what does not end here does not end in a sync. */
import { describe, expect, it } from 'vitest';
import { normalisers } from '../../../src/transform/normalisers.ts';
import { bindForTest, mappingFile } from '../../support/bind-for-test.ts';

const LENGTH = 50_000;
const UNITS = [
  'a',
  ' ',
  '\t',
  '0',
  '9',
  '-',
  '.',
  '@',
  'a@',
  '@a',
  'a.',
  '+',
  '(',
  ')',
  '0 ',
  '٣',
  'é',
  'ﬀ',
  'ß',
  '中',
  '\u0301',
  '\u200b',
];
const HOSTILE: readonly string[] = UNITS.flatMap((unit) => {
  const many = unit.repeat(Math.ceil(LENGTH / unit.length));
  return [
    many,
    `${many}!`,
    `a${many}@`,
    `+49${many}x`,
    `https://example.com/?${many}#`,
    `x@${many}.de`,
    `fb.1.${many}`,
  ];
});

describe('a hostile text', () => {
  it.each(Object.entries(normalisers))('comes to an end: %s', (_, normalise) => {
    for (const text of HOSTILE)
      expect(() => normalise(text, { country: 'de', dateFormat: 'DD.MM.YYYY' })).not.toThrow();
  });

  it('comes to an end: a whole row, with the guard against personal data in custom_data', () => {
    const event = {
      user_data: { em: '=email', ph: '=email', external_id: '=email' },
      custom_data: { content_name: '=note', content_category: '=lower(trim(note))' },
      event_source_url: '=note',
    };
    const { map } = bindForTest(mappingFile({}, event));
    for (const text of HOSTILE)
      expect(() => map({ id: '1', at: '2026-11-23 10:00:00', email: text, note: text })).not.toThrow();
  });
});
