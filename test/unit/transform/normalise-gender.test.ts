import { describe, expect, it } from 'vitest';
import { DROP } from '../../../src/transform/drop.ts';
import { normaliseGender } from '../../../src/transform/normalise-gender.ts';

describe('normaliseGender', () => {
  it('knows the words of the common languages', () => {
    for (const text of [
      'F',
      'female',
      'Weiblich',
      'FEMME',
      'mujer',
      'Señora',
      'Ж',
      'женский',
      '女',
      '여성',
      'kadın',
      'Kvinde',
      'Mrs.',
      'Frau',
    ])
      expect([text, normaliseGender(text, {})]).toEqual([text, 'f']);
    for (const text of [
      'm',
      'MALE ',
      'männlich',
      'Homme',
      'hombre',
      'М',
      'мужской',
      '男',
      '남성',
      'erkek',
      'Mand',
      'Mr.',
      'Herr',
    ])
      expect([text, normaliseGender(text, {})]).toEqual([text, 'm']);
  });

  it('guesses nothing', () => {
    for (const text of ['divers', 'x', '1', '0', 'v', 'unknown', 'constructor'])
      expect(normaliseGender(text, {})).toBe(DROP['unknown-gender']);
    expect(normaliseGender(' ', {})).toBe(DROP.empty);
  });
});
