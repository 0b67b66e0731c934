import { describe, expect, expectTypeOf, it } from 'vitest';
import { hasType } from '../../../src/meta/has-type.ts';
import {
  type HashedUserDataKey,
  PARAMETERS,
  type Parameter,
  type PlainUserDataKey,
  USER_DATA,
} from '../../../src/meta/parameters.ts';
import { isDrop } from '../../../src/transform/drop.ts';
import { normalisers } from '../../../src/transform/normalisers.ts';

const rows = Object.entries(PARAMETERS).flatMap(([path, table]) =>
  Object.entries(table as Record<string, Parameter>).map(([key, parameter]) => [`${path}.${key}`, parameter] as const),
);

describe('the table of parameters', () => {
  it.each(rows)(
    '%s has an example of its type and a description of full sentences',
    (_path, { type, example, description, values }) => {
      expect(hasType(example, type)).toBe(true);
      expect(description).toMatch(/^[A-Z`'0-9].*\.$/s);
      expect(description).not.toContain('\n');
      if (values !== undefined && typeof example === 'string') expect(values).toContain(example);
    },
  );

  it('hashes the eleven keys that Meta wants hashed, and takes lists of exactly those', () => {
    const hashed = Object.entries(USER_DATA)
      .filter(([, { hashed }]) => hashed)
      .map(([key]) => key);
    expect(hashed).toEqual(['em', 'ph', 'fn', 'ln', 'db', 'ge', 'ct', 'st', 'zp', 'country', 'external_id']);
    for (const { hashed: isHashed, list } of Object.values(USER_DATA)) expect(list).toBe(isHashed);
    expectTypeOf<'em'>().toExtend<HashedUserDataKey>();
    expectTypeOf<'fbc'>().toExtend<PlainUserDataKey>();
  });

  it.each(Object.entries(USER_DATA))('%s: its example has a normal form', (key, { example }) => {
    expect(isDrop(normalisers[key as keyof typeof USER_DATA](example, {}))).toBe(false);
  });
});
