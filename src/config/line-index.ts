/** A place in a text, 1-based; columns count UTF-16 units, as editors and the TypeScript compiler do. */
export type Place = { readonly line: number; readonly column: number };

export type LineIndex = {
  /** Line and column of an offset. Offsets past the end give the end. */
  readonly placeOf: (offset: number) => Place;
  /** Offset at which the line of an offset ends, without its CR or LF. */
  readonly endOfLine: (offset: number) => number;
};

/** Finds lines by bisection. Lines end at LF; a CR before it belongs to the line's end, not to its text. */
export function indexLines(text: string): LineIndex {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);

  const lineOf = (offset: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };

  return {
    placeOf: (offset) => {
      const within = Math.max(0, Math.min(offset, text.length));
      const line = lineOf(within);
      return { line: line + 1, column: within - (starts[line] ?? 0) + 1 };
    },
    endOfLine: (offset) => {
      const next = text.indexOf('\n', offset);
      const end = next < 0 ? text.length : next;
      return end > offset && text[end - 1] === '\r' ? end - 1 : end;
    },
  };
}
