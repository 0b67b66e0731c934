import { describe, expect, it } from 'vitest';
import { DROP } from '../../../src/transform/drop.ts';
import { normaliseName } from '../../../src/transform/normalise-name.ts';

describe('normaliseName', () => {
  it.each([
    ['Anne\u2010Marie', 'annemarie'],
    ['O\u2019Neill', 'oneill'],
    ['D`Angelo', 'dangelo'],
    ['D´Angelo', 'dangelo'],
    ['Oʼzbek', 'ozbek'],
    ['Hawaiʻi', 'hawaii'],
    ['Jose\u0301', 'josé'],
    ['ÇAĞLAR', 'çağlar'],
    ['ŁUKASZ', 'łukasz'],
    ['ΝΙΚΟΣ ΠΑΠΑΣ', 'νικοςπαπας'],
    ['Νικος Παπας', 'νικοςπαπας'],
    ['Анна-Мария', 'аннамария'],
    ['山田・太郎', '山田太郎'],
    ['محمد', 'محمد'],
    ['Anna ❤️', 'anna'],
    ['soft\u00adhyphen', 'softhyphen'],
    ['Mary (Ann), Jr.', 'maryannjr'],
    ['Louis XIV 14', 'louisxiv14'],
    ['\u00bfJuan?', 'juan'],
  ])('%s becomes %s', (text, expected) => expect(normaliseName(text, {})).toBe(expected));

  it('drops what holds no letter', () => {
    expect(normaliseName('-', {})).toBe(DROP['invalid-name']);
    expect(normaliseName('12345', {})).toBe(DROP['invalid-name']);
    expect(normaliseName('😀', {})).toBe(DROP['invalid-name']);
    expect(normaliseName('  ', {})).toBe(DROP.empty);
  });

  it('never hashes a hash again', () => {
    expect(normaliseName(' 6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec', {})).toBe(
      DROP['looks-hashed'],
    );
    expect(normaliseName('6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec.AQQCAQMC', {})).toBe(
      DROP['looks-hashed'],
    );
  });
});
