/**
 * Texts as UTF-8, packed into a few large blocks that are used again: one allocation for hundreds of texts, and none once a run is under way.
 * Left to the garbage collector, blocks would pile up to many times what is in use. A block goes from thread to thread without a copy.
 */

const BLOCK = 1 << 18;

export type Block = Buffer<ArrayBuffer>;

export type BlockPool = {
  readonly take: (size: number) => Block;
  readonly giveBack: (blocks: readonly Block[]) => void;
};

export const blockPool = (): BlockPool => {
  const spare: Block[] = [];
  return {
    take: (size) => (size <= BLOCK ? (spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK)) : Buffer.allocUnsafeSlow(size)),
    giveBack: (blocks) => void spare.push(...blocks.filter((block) => block.length === BLOCK)),
  };
};

export type PackedTexts = {
  readonly blocks: readonly Block[];
  /** Three numbers a text: its block, and the bytes of it where the text begins and ends. */
  readonly places: Uint32Array<ArrayBuffer>;
};

export type TextPacker = {
  readonly pack: (text: string) => void;
  readonly packed: () => PackedTexts;
};

export const textPacker = (pool: BlockPool): TextPacker => {
  const blocks: Block[] = [];
  const places: number[] = [];
  let block: Block = Buffer.alloc(0);
  let used = 0;
  return {
    pack: (text) => {
      const most = text.length * 3; // no UTF-16 unit takes more bytes
      if (blocks.length === 0 || most > block.length - used) {
        block = pool.take(most);
        blocks.push(block);
        used = 0;
      }
      const start = used;
      used += block.write(text, start, 'utf8');
      places.push(blocks.length - 1, start, used);
    },
    packed: () => ({ blocks, places: Uint32Array.from(places) }),
  };
};

/** The UTF-8 of the n-th text, as a view: not to be read once the blocks are given back. */
export const packedText = ({ blocks, places }: PackedTexts, n: number): Uint8Array => {
  const [block, start, end] = places.subarray(3 * n, 3 * n + 3);
  return (blocks[block as number] as Block).subarray(start, end);
};
