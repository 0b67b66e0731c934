/** Expressions are data: nothing in one reaches the program, whatever it is called and however it is written. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Column } from '../../../connectors/connector.ts';
import { bindExpression, FAILED, parseExpression } from '../../../src/mapping/expression.ts';

const COLUMNS: readonly Column[] = [
  { name: 's', kind: 'text', type: 'text', nullable: true },
  { name: 'j', kind: 'json', type: 'json', nullable: true },
];
const ROW = ['text', '{"a":{"b":1},"list":[1,2],"constructor":"own"}'];

const WAYS = ['constructor', '__proto__', 'prototype', '__defineGetter__', '__lookupGetter__', 'toString', 'valueOf'];
const RECEIVERS = ['s', 'j', 'j.a', 'j.list', '"x"', '[1]', '{"a": 1}', 'row', 'lower(s)', '(1)', 'size'];
const CODE = 'globalThis.escaped = true';
const PAYLOADS: readonly string[] = [
  ...RECEIVERS.flatMap((receiver) => [
    ...WAYS.map((way) => `${receiver}.${way}`),
    ...WAYS.map((way) => `${receiver}["${way}"]`),
    ...WAYS.map((way) => `${receiver}.${way}()`),
    `${receiver}.constructor.constructor("${CODE}")()`,
    `${receiver}["constructor"]["constructor"]("${CODE}")()`,
    `${receiver}.__proto__.escaped = true`,
    `${receiver}.map(x, x.constructor.constructor("${CODE}")())`,
  ]),
  ...['globalThis', 'process', 'require', 'module', 'this', 'Function', 'eval', 'import', 'Reflect', 'Object'].flatMap(
    (name) => [
      name,
      `${name}()`,
      `${name}("${CODE}")`,
      `${name}.env`,
      `${name}.mainModule.require("fs")`,
      `new ${name}("${CODE}")`,
      `${name}\`${CODE}\``,
      `row["${name}"]`,
    ],
  ),
  'import("fs")',
  'import.meta.url',
  '(() => 1)()',
  'function() { return 1 }()',
  's => s',
  '`${1}`',
  'async s',
  's; globalThis.escaped = true',
  's /* */ ; 1',
  '(globalThis.escaped = true)',
  'j.a.b = 2',
  'j.a.b++',
  'delete j.a',
  'while (true) {}',
  's.replace("t", constructor)',
  '{"__proto__": {"escaped": true}}',
  '{"constructor": {"prototype": {"escaped": true}}}.constructor.prototype',
  '[1, 2].map(__proto__, __proto__.escaped)',
  '[1].map(constructor, constructor)',
  'cel.bind(__proto__, {"escaped": true}, __proto__)',
  'json("{\\"__proto__\\": {\\"escaped\\": true}}").__proto__',
  'json("{\\"__proto__\\": {\\"escaped\\": true}}").escaped',
];

const world = globalThis as { escaped?: unknown };
afterEach(() => {
  delete world.escaped;
});

describe('an expression', () => {
  it(`that wants out is refused, fails its row or gives plain data: ${PAYLOADS.length} ways`, () => {
    expect(PAYLOADS.length).toBeGreaterThan(250);
    for (const source of PAYLOADS) {
      const parsed = parseExpression(source);
      if (!('problem' in parsed)) {
        let value: unknown = FAILED;
        try {
          value = bindExpression(parsed.expression, COLUMNS, undefined)(ROW);
        } catch {
          // Refused when it is bound to the columns.
        }
        if (value !== FAILED) expect(isPlain(value), `${source} gave ${typeof value}`).toBe(true);
      }
      expect(world.escaped, source).toBeUndefined();
      expect(({} as { escaped?: unknown }).escaped, source).toBeUndefined();
    }
  });

  it('that has no end cannot be written, and one without measure is refused', () => {
    for (const source of [`${'('.repeat(5000)}1${')'.repeat(5000)}`, `${'1+'.repeat(4000)}1`, `"${'a'.repeat(9000)}"`])
      expect(parseExpression(source), source.slice(0, 20)).toHaveProperty('problem');
  });
});

/** Text, numbers, truth, time, and lists and maps of them: no function, and no object with a history. */
const isPlain = (value: unknown): boolean => {
  if (value === null || value === undefined) return true;
  if (['string', 'number', 'bigint', 'boolean'].includes(typeof value)) return true;
  if (value instanceof Date || value instanceof Uint8Array) return true;
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value !== 'object') return false;
  const proto = Object.getPrototypeOf(value);
  if (proto !== Object.prototype && proto !== null && !(value instanceof Map)) return false;
  return [...(value instanceof Map ? value.values() : Object.values(value))].every(isPlain);
};
