// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { secret } from '../../../src/config/secret.ts';

describe('secret', () => {
  it('gives its text to who asks by name, and to no printer', () => {
    const wrapped = secret('canary');
    expect(wrapped.reveal()).toBe('canary');
    const shown = [
      `${wrapped}`,
      String(wrapped),
      JSON.stringify({ wrapped }),
      inspect({ a: [wrapped] }, { depth: 9, showHidden: true }),
      format('%s %o %j', wrapped, wrapped, wrapped),
      JSON.stringify({ ...wrapped }),
    ];
    for (const text of shown) expect(text).not.toContain('canary');
    expect(`${wrapped}`).toBe('[secret]');
  });
});
