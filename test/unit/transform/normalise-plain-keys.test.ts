import { describe, expect, it } from 'vitest';
import { DROP } from '../../../src/transform/drop.ts';
import { buildFbc } from '../../../src/transform/normalise-click-id.ts';
import { normaliseCurrency } from '../../../src/transform/normalise-currency.ts';
import { normalisers } from '../../../src/transform/normalisers.ts';

describe('plain keys', () => {
  it('pass public addresses of browsers only', () => {
    const ip = (text: string) => normalisers.client_ip_address(text, {});
    expect(ip(' 81.2.69.142 ')).toBe('81.2.69.142');
    expect(ip('::ffff:81.2.69.142')).toBe('81.2.69.142');
    expect(ip('2A02:8071::1')).toBe('2A02:8071::1');
    for (const text of [
      '10.0.0.1',
      '192.168.1.1',
      '172.20.0.1',
      '127.0.0.1',
      '::1',
      'fe80::1',
      'fd00::1',
      '100.64.0.1',
      '0.0.0.0',
    ])
      expect(ip(text)).toBe(DROP['private-ip']);
    for (const text of ['81.2.69.142:443', '81.2.69', '256.1.1.1', '81.2.69.142, 10.0.0.1', 'localhost', '[2a02::1]'])
      expect(ip(text)).toBe(DROP['invalid-ip']);
  });

  it('pass click and browser ids unchanged, or not at all', () => {
    expect(normalisers.fbc(' fb.1.1554763741205.AbC-_9.AQ ', {})).toBe('fb.1.1554763741205.AbC-_9.AQ');
    expect(normalisers.fbc('fb.1.1554763741.AbC', {})).toBe(DROP['invalid-fbc']);
    expect(normalisers.fbc('AbC', {})).toBe(DROP['invalid-fbc']);
    expect(normalisers.fbp('fb.1.1596403881668.1116446470', {})).toBe('fb.1.1596403881668.1116446470');
    expect(normalisers.fbp('fb.1.1596403881668.abc', {})).toBe(DROP['invalid-fbp']);
  });

  it('keep every digit of a lead id', () => {
    expect(normalisers.lead_id('l:12345678901234567', {})).toBe('12345678901234567');
    for (const text of ['1234', '1.2345678901234568e16', '12345678901234567890'])
      expect(normalisers.lead_id(text, {})).toBe(DROP['invalid-lead-id']);
  });

  it('drop the zeros of a hidden device', () => {
    expect(normalisers.madid('00000000-0000-0000-0000-000000000000', {})).toBe(DROP['invalid-madid']);
    expect(normalisers.madid('38400000-8cf0-11bd-b23e-10b96e40000d', {})).toBe('38400000-8cf0-11bd-b23e-10b96e40000d');
  });

  it('trim ids and refuse control characters', () => {
    expect(normalisers.subscription_id(' sub_1 ', {})).toBe('sub_1');
    expect(normalisers.page_id('1\n2', {})).toBe(DROP['invalid-id']);
    expect(normalisers.client_user_agent('Mozilla/5.0\u0000', {})).toBe(DROP['invalid-user-agent']);
  });
});

describe('buildFbc', () => {
  it('joins the click id and the milliseconds it was first seen', () => {
    expect(buildFbc(' IwAR2_x-Y ', 1_554_763_741_205.7)).toBe('fb.1.1554763741205.IwAR2_x-Y');
  });

  it('passes a whole fbc', () => {
    expect(buildFbc('fb.1.1554763741205.AbC', Number.NaN)).toBe('fb.1.1554763741205.AbC');
  });

  it('refuses seconds, no time and no click id', () => {
    for (const time of [1_554_763_741, Number.NaN, Number.POSITIVE_INFINITY, -1])
      expect(buildFbc('AbC', time)).toBe(DROP['invalid-fbc-time']);
    expect(buildFbc(' ', 1_554_763_741_205)).toBe(DROP.empty);
    expect(buildFbc('a b', 1_554_763_741_205)).toBe(DROP['invalid-fbc']);
  });
});

describe('normaliseCurrency', () => {
  it('gives the code in upper case, a withdrawn one too', () => {
    expect(normaliseCurrency(' usd')).toBe('USD');
    expect(normaliseCurrency('hrk')).toBe('HRK');
    expect(normaliseCurrency('€')).toBe(DROP['unknown-currency']);
  });
});
