import { describe, expect, it } from 'vitest';
import { classifyError, ERROR_CODES, type ErrorClass, EVENT_SUBCODES } from '../../../src/meta/error-codes.ts';

/** The expectation, written down a second time on purpose: a change of a class must be made here too. */
const EXPECTED: Readonly<Record<ErrorClass, readonly string[]>> = {
  auth: ['3', '10', '102', '104', '190', '2500'],
  policy: ['368'],
  config: ['100/33', '100/34', '100/38', '105', '803', '2635'],
  throttle: ['4', '17', '32', '341', '613'],
  transient: ['1', '2', '5000', '21009'],
  invalid: ['100'],
  too_large: [],
  bad_response: [],
};
const rows = Object.entries(EXPECTED).flatMap(([kind, keys]) => keys.map((key) => [key, kind as ErrorClass] as const));

describe('classifyError', () => {
  it('knows every code of this table and no other', () => {
    expect(Object.keys(ERROR_CODES).sort()).toEqual(rows.map(([key]) => key).sort());
  });

  it.each(rows)('%s is %s, whatever the HTTP status', (key, kind) => {
    const [code, subcode] = key.split('/').map(Number);
    for (const status of [200, 400, 401, 403, 404, 413, 429, 500, 503]) {
      expect(classifyError(code, subcode, false, status)).toBe(kind);
      if (subcode === undefined) expect(classifyError(code, 99, false, status)).toBe(kind);
    }
  });

  it.each(Object.keys(EVENT_SUBCODES).map(Number))('100/%i is about one event', (subcode) => {
    expect(classifyError(100, subcode, false, 400)).toBe('invalid');
  });

  it.each([200, 250, 299])('permission code %i is auth', (code) =>
    expect(classifyError(code, undefined, false, 403)).toBe('auth'),
  );
  it.each([80_000, 80_004, 80_014])('business throttling %i', (code) =>
    expect(classifyError(code, undefined, false, 400)).toBe('throttle'),
  );
  it.each([199, 300, 79_999, 80_015, 7])('an unknown code %i goes by its status', (code) => {
    expect(classifyError(code, undefined, false, 400)).toBe('invalid');
    expect(classifyError(code, undefined, false, 404)).toBe('invalid');
    expect(classifyError(code, undefined, false, 401)).toBe('auth');
    expect(classifyError(code, undefined, false, 403)).toBe('auth');
    expect(classifyError(code, undefined, false, 500)).toBe('transient');
    expect(classifyError(code, undefined, false, 429)).toBe('throttle');
    expect(classifyError(code, undefined, false, 413)).toBe('too_large');
    expect(classifyError(code, undefined, false, 302)).toBe('bad_response');
  });

  it('is_transient makes a try worth it, except where only a person can help', () => {
    expect(classifyError(100, 2804003, true, 400)).toBe('transient');
    expect(classifyError(7, undefined, true, 400)).toBe('transient');
    expect(classifyError(190, 463, true, 401)).toBe('auth');
    expect(classifyError(368, undefined, true, 403)).toBe('policy');
    expect(classifyError(100, 33, true, 400)).toBe('config');
    expect(classifyError(4, undefined, true, 400)).toBe('throttle');
  });

  it.each<[number, ErrorClass]>([
    [200, 'bad_response'],
    [204, 'bad_response'],
    [301, 'bad_response'],
    [400, 'bad_response'],
    [401, 'auth'],
    [403, 'auth'],
    [404, 'bad_response'],
    [408, 'transient'],
    [413, 'too_large'],
    [429, 'throttle'],
    [451, 'bad_response'],
    [500, 'transient'],
    [502, 'transient'],
    [503, 'transient'],
    [504, 'transient'],
  ])('an answer without a Graph error and with status %i is %s', (status, kind) => {
    expect(classifyError(undefined, undefined, false, status)).toBe(kind);
  });

  it('a subcode alone says nothing', () => {
    expect(classifyError(undefined, 33, false, 400)).toBe('bad_response');
    expect(classifyError(190, 33, false, 400)).toBe('auth');
  });
});
