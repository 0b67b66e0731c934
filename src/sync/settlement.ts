/**
 * Which rows have an outcome, and how far the checkpoint may move: to the end of the longest run of pages, from the first,
 * in which every row is settled. Acks come in any order; the checkpoint never jumps over an open row.
 */
import type { Position } from '../../connectors/connector.ts';

/** One page under way. `open` counts its rows without an outcome. */
export type OpenPage = {
  open: number;
  readonly end: Position | undefined;
  readonly onSettled: (() => void) | undefined;
};

export type Settlement = {
  /** @param end where the checkpoint may go once all is settled up to here; undefined for pages of the lookback window */
  readonly begin: (rows: number, end: Position | undefined, onSettled?: () => void) => OpenPage;
  readonly resolve: (page: OpenPage, rows?: number) => void;
  /** The new checkpoint position, if it moved since it was last taken. */
  readonly takePosition: () => Position | undefined;
  /** Rows without an outcome. */
  readonly openRows: () => number;
};

export const trackSettlement = (): Settlement => {
  const pages: OpenPage[] = [];
  let moved: Position | undefined;
  let open = 0;
  const advance = (): void => {
    while (pages[0]?.open === 0) moved = pages.shift()?.end ?? moved;
  };
  return {
    begin: (rows, end, onSettled) => {
      const page = { open: rows, end, onSettled };
      pages.push(page);
      open += rows;
      return page;
    },
    resolve: (page, rows = 1) => {
      if (rows === 0) return; // a page that is settled already must not be settled again
      page.open -= rows;
      open -= rows;
      if (page.open > 0) return;
      page.onSettled?.();
      advance();
    },
    takePosition: () => {
      const position = moved;
      moved = undefined;
      return position;
    },
    openRows: () => open,
  };
};
