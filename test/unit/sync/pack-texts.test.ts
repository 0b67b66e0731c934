import fc from 'fast-check';
import { expect, it } from 'vitest';
import { textPacker } from '../../../src/sync/pack-texts.ts';

it('gives the UTF-8 of each text, whatever was packed before and after it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('é'.repeat(200_000)), fc.constant(''))),
      (texts) => {
        const pack = textPacker();
        const packed = texts.map(pack);
        expect(packed.map((bytes) => Buffer.from(bytes).toString())).toEqual(texts);
      },
    ),
  );
});
