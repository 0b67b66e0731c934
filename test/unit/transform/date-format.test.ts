import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dateFormat } from '../../../src/transform/date-format.ts';

/** The pattern that the schema holds a format to, as editors see it. */
const schema = readFileSync(new URL('../../../schemas/mapping.schema.json', import.meta.url), 'utf8');
const pattern = new RegExp(JSON.parse(/"pattern": ("[^\n]*YYYY[^\n]*"),?\n/.exec(schema)?.[1] ?? '"x"'));

it('the schema takes exactly the formats that can be read', () => {
  const part = fc.constantFrom('YYYY', 'YY', 'MM', 'M', 'DD', 'D', '.', '/', '-', ' ', 'x', '1', '');
  const format = fc.array(part, { minLength: 1, maxLength: 7 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(format, (text) => pattern.test(text) === (dateFormat(text) !== undefined)),
    { numRuns: 20_000, examples: [['DD.MM.YYYY'], ['YYYYMMDD'], ['M/D/YYYY'], ['DD.MM.YY'], ['YYYY-MM']] },
  );
  expect(pattern.test('DD.MM.YYYY')).toBe(true);
});
