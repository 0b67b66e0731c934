/** Texts as UTF-8, packed into a few large blocks: one allocation for hundreds of texts. */

const BLOCK = 1 << 18;

/** Makes a function that gives the UTF-8 of a text, as a view into a block that it shares with its neighbours. */
export const textPacker = (): ((text: string) => Uint8Array) => {
  let block = Buffer.allocUnsafeSlow(0);
  let used = 0;
  return (text) => {
    const most = text.length * 3; // no UTF-16 unit takes more bytes
    if (most > block.length - used) {
      block = Buffer.allocUnsafeSlow(Math.max(BLOCK, most));
      used = 0;
    }
    const start = used;
    used += block.write(text, start, 'utf8');
    return block.subarray(start, used);
  };
};
