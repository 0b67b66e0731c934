import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeFaults, parseFault } from '../../../src/sandbox/faults.ts';

const KINDS = [
  'status',
  'throttle',
  'transient',
  'expire-token',
  'permission',
  'timeout',
  'slow',
  'reset-before',
  'reset-after',
  'garbage',
  'wrong-count',
  'truncate',
  'too-large',
  'drip',
  'redirect',
];

describe('parseFault', () => {
  it.each(KINDS)('takes %s alone, with defaults', (kind) => {
    expect(parseFault(kind)).toMatchObject({ kind, after: 0, every: 1, rate: 1 });
    expect(parseFault(kind).times).toBeUndefined();
  });

  it.each([
    ['status:code=503,body=html,times=2', { kind: 'status', code: 503, body: 'html', times: 2, stored: false }],
    ['throttle:graphCode=4,after=10', { kind: 'throttle', graphCode: 4, after: 10 }],
    ['slow:ms=50,every=3', { kind: 'slow', ms: 50, every: 3 }],
    ['timeout:stored=true,rate=.5', { kind: 'timeout', stored: true, rate: 0.5 }],
    ['refuse:share=0.01', { kind: 'refuse', share: 0.01, subcode: 2804019 }],
    ['refuse:event_id=a=b:c, subcode=2804008', { kind: 'refuse', event_id: 'a=b:c', subcode: 2804008 }],
  ])('reads %s', (text, fault) => {
    expect(parseFault(text)).toMatchObject(fault);
  });

  it.each([
    ['', /unknown fault "".*status, throttle/],
    ['explode', /unknown fault "explode".*redirect/],
    ['toString', /unknown fault "toString"/],
    ['status:', /no "".*code, body, stored, times, after, every, rate/],
    ['status:colour=red', /fault status has no "colour".*code, body/],
    ['status:code', /"code" needs a value/],
    ['status:code=200', /"code" must be a whole number from 400 to 599/],
    ['status:code=5e2', /"code" must be a whole number/],
    ['status:body=xml', /"body" must be empty\|html\|json\|truncated/],
    ['throttle:graphCode=5', /"graphCode" must be 4\|17\|32\|613\|80004/],
    ['throttle:rate=2', /"rate" must be a number from 0 to 1/],
    ['throttle:times=0', /"times" must be a whole number from 1/],
    ['throttle:times=1,times=2', /"times" is given twice/],
    ['timeout:stored=yes', /"stored" must be true\|false/],
    ['refuse', /needs at least one of event_id, order_id, share/],
    ['refuse:subcode=1', /needs at least one of event_id, order_id, share/],
    ['refuse:event_id=', /"event_id" must be text/],
  ])('says what is wrong with "%s"', (text, message) => {
    expect(() => parseFault(text)).toThrow(message);
  });

  it('reads or throws an Error that says what is allowed, whatever the text', () => {
    const words = fc.constantFrom(...KINDS, 'refuse', ':', '=', ',', 'times', 'rate', 'code', 'share', '0.5', '3', 'x');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words, { maxLength: 9 }).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            const { kind, rate, every } = parseFault(text);
            expect([...KINDS, 'refuse']).toContain(kind);
            expect(rate).toBeLessThanOrEqual(1);
            expect(every).toBeGreaterThanOrEqual(1);
          } catch (error) {
            expect(String(error)).toMatch(/allowed are|must be|needs|given twice/);
          }
        },
      ),
    );
  });
});

describe('describeFaults', () => {
  it('names every kind and setting', () => {
    const help = describeFaults();
    for (const word of [
      ...KINDS,
      'refuse',
      'graphCode=',
      'order_id=',
      'subcode=',
      'times=',
      'after=',
      'every=',
      'rate=',
    ]) {
      expect(help).toContain(word);
    }
  });
});
