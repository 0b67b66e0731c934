import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blockPool, textPacker } from '../../../src/sync/pack-texts.ts';

it('gives the UTF-8 of each text, whatever was packed before and after it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('é'.repeat(200_000)), fc.constant(''))),
      (texts) => {
        const { pack } = textPacker(blockPool());
        const packed = texts.map(pack);
        expect(packed.map((bytes) => Buffer.from(bytes).toString())).toEqual(texts);
      },
    ),
  );
});

it('uses blocks again that were given back, and no other', () => {
  const pool = blockPool();
  const [first, second] = [textPacker(pool), textPacker(pool)];
  const kept = first.pack('kept');
  const gone = second.pack('gone');
  second.release();
  textPacker(pool).pack('anew');
  expect(Buffer.from(gone).toString()).toBe('anew');
  expect(Buffer.from(kept).toString()).toBe('kept');
});
