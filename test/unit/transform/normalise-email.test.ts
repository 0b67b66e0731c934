import { describe, expect, it } from 'vitest';
import { DROP } from '../../../src/transform/drop.ts';
import { normaliseEmail } from '../../../src/transform/normalise-email.ts';

describe('normaliseEmail', () => {
  it('trims and lower-cases, keeping dots and plus tags', () => {
    expect(normaliseEmail('\u00a0 A.B+Tag@Example.CO.UK\n', {})).toBe('a.b+tag@example.co.uk');
  });

  it('keeps letters of every script, in composed form', () => {
    expect(normaliseEmail('Jose\u0301@MÜNCHEN.example', {})).toBe('josé@münchen.example');
  });

  it('removes invisible characters that copying left behind', () => {
    expect(normaliseEmail('\u200bann@example.com\ufeff', {})).toBe('ann@example.com');
  });

  it.each([
    'a@b',
    '@example.com',
    'a@@example.com',
    'a b@example.com',
    'a@exam_ple.com',
    'a@example.com.',
    'a@-x.com',
    'a@1.2.3.4',
    'Ann <a@example.com>',
    'a@example.com, b@example.com',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b.'.repeat(130)}com`,
  ])('drops %s', (text) => expect(normaliseEmail(text, {})).toBe(DROP['invalid-email']));

  it('drops what is empty, and what someone hashed already', () => {
    expect(normaliseEmail(' \t', {})).toBe(DROP.empty);
    expect(normaliseEmail('A'.repeat(64), {})).toBe(DROP['looks-hashed']);
    expect(normaliseEmail('d41d8cd98f00b204e9800998ecf8427e', {})).toBe(DROP['looks-hashed']);
  });
});
