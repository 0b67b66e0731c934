/**
 * The hashes by which a snapshot knows its rows. A plain hash of a row that is hardly more than an e-mail address could be found by trying
 * addresses: it would be personal data. So they are keyed (HMAC-SHA256, 16 bytes of it), and their key, `state.secret`, is not where they are.
 */
import { createHmac } from 'node:crypto';
import type { Cell } from '../../connectors/connector.ts';
import { cellText } from '../mapping/cell-values.ts';

export type RowHasher = {
  /** Of a primary key's texts: 32 hex characters. */
  readonly key: (rowKey: readonly string[]) => string;
  /** Of a row's cells. NULL is no text, and neither is a number or bytes the text of it. */
  readonly row: (cells: readonly Cell[]) => string;
  /** Of nothing: by it a secret is known again. */
  readonly mark: string;
};

/** @param mapping equal rows of two mappings have nothing in common */
export const rowHasher = (secret: string, mapping: string): RowHasher => {
  const mac = (kind: string, text: string): string =>
    createHmac('sha256', secret).update(`${kind}\u0000${mapping}\u0000${text}`).digest('hex').slice(0, 32);
  return {
    key: (rowKey) => mac('key', JSON.stringify(rowKey)),
    row: (cells) => mac('row', JSON.stringify(cells.map(tagged))),
    mark: mac('mark', ''),
  };
};

const tagged = (cell: Cell): string | null | readonly [type: string, text: string | null] =>
  cell === null || typeof cell === 'string' ? cell : [typeof cell, cellText(cell)];
