/**
 * Texts as UTF-8, packed into a few large blocks that are used again: one allocation for hundreds of texts, and none once a run is under way.
 * Left to the garbage collector, blocks would pile up to many times what is in use.
 */

const BLOCK = 1 << 18;

export type BlockPool = {
  readonly take: (size: number) => Buffer;
  readonly giveBack: (blocks: readonly Buffer[]) => void;
};

export const blockPool = (): BlockPool => {
  const spare: Buffer[] = [];
  return {
    take: (size) => (size <= BLOCK ? (spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK)) : Buffer.allocUnsafeSlow(size)),
    giveBack: (blocks) => void spare.push(...blocks.filter((block) => block.length === BLOCK)),
  };
};

export type TextPacker = {
  /** The UTF-8 of a text, as a view into a block that it shares with its neighbours. */
  readonly pack: (text: string) => Uint8Array;
  /** Gives the blocks back: no view of them may be read afterwards. */
  readonly release: () => void;
};

export const textPacker = (pool: BlockPool): TextPacker => {
  const blocks: Buffer[] = [];
  let block: Buffer = Buffer.alloc(0);
  let used = 0;
  return {
    pack: (text) => {
      const most = text.length * 3; // no UTF-16 unit takes more bytes
      if (most > block.length - used) {
        block = pool.take(most);
        blocks.push(block);
        used = 0;
      }
      const start = used;
      used += block.write(text, start, 'utf8');
      return block.subarray(start, used);
    },
    release: () => pool.giveBack(blocks.splice(0)),
  };
};
