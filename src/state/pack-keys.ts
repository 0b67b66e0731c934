/** Dedup keys are 16 bytes; a batch keeps them as one blob, in the order they were sent. */

export const packKeys = (keys: readonly string[]): Buffer => Buffer.from(keys.join(''), 'hex');

export const unpackKeys = (blob: Uint8Array): string[] => {
  const hex = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength).toString('hex');
  const keys: string[] = [];
  for (let at = 0; at < hex.length; at += 32) keys.push(hex.slice(at, at + 32));
  return keys;
};
