import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blockPool, packedText, textPacker } from '../../../src/sync/pack-texts.ts';

const packed = (texts: readonly string[], pool = blockPool()) => {
  const packer = textPacker(pool);
  for (const text of texts) packer.pack(text);
  return packer.packed();
};
const textsOf = (all: ReturnType<typeof packed>): string[] =>
  Array.from({ length: all.places.length / 3 }, (_, n) => Buffer.from(packedText(all, n)).toString());

it('gives the UTF-8 of each text, whatever was packed before and after it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('é'.repeat(200_000)), fc.constant(''))),
      (texts) => {
        expect(textsOf(packed(texts))).toEqual(texts);
      },
    ),
  );
});

it('uses blocks again that were given back, and no other', () => {
  const pool = blockPool();
  const [kept, gone] = [packed(['kept'], pool), packed(['gone'], pool)];
  pool.giveBack(gone.blocks);
  packed(['anew'], pool);
  expect(textsOf(gone)).toEqual(['anew']);
  expect(textsOf(kept)).toEqual(['kept']);
});
