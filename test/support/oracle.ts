/**
 * What must have arrived, worked out from the rows alone. Written apart from the product, by the words of the mapping in sync-project.ts:
 * nothing here may import from src/.
 */
import { createHash } from 'node:crypto';
import type { OrderRow } from './sync-project.ts';

export type Oracle = {
  /** Orders of which exactly one event must arrive. */
  readonly mustArrive: ReadonlySet<string>;
  /** Primary keys of rows that can never become an event, and that somebody has to look at. */
  readonly badRows: ReadonlySet<string>;
};

const DAY = 86_400_000;

/** @param refused orders that the far side refuses, whatever their rows say */
export const foretell = (rows: readonly OrderRow[], refused: ReadonlySet<string> = new Set()): Oracle => {
  const mustArrive = new Set<string>();
  const badRows = new Set<string>();
  const oldest = Date.now() - 7 * DAY;
  for (const row of rows) {
    if (row.consent !== 'granted') continue;
    if (Date.parse(`${row.paid_at.replace(' ', 'T')}Z`) < oldest) continue;
    const hasMoney = row.total !== null && row.currency !== null && /^[A-Z]{3}$/.test(row.currency);
    const hasPerson = row.email !== null && /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(row.email);
    if (!hasMoney || !hasPerson) badRows.add(String(row.id));
    else if (!refused.has(row.order_no)) mustArrive.add(row.order_no);
  }
  return { mustArrive, badRows };
};

/** How the state of the product names an order: 16 bytes, as 32 hexadecimal characters (docs/delivery.md). */
export const ledgerKeyOf = (dataset: string, order: string): string =>
  createHash('sha256').update(['v1', dataset, 'Purchase', 'order_id', order].join('\u0000')).digest('hex').slice(0, 32);
