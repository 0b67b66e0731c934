/** Draws frames in place, on a screen of their own, and gives the terminal back as it was. Elsewhere than on a terminal frames follow one another. */
export type Screen = { readonly draw: (lines: readonly string[]) => void; readonly end: () => void };

type Out = { readonly write: (text: string) => unknown; readonly isTTY?: boolean };

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const REST_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';

export const openScreen = (out: Out): Screen => {
  if (out.isTTY !== true) return { draw: (lines) => void out.write(`${lines.join('\n')}\n\n`), end: () => undefined };
  out.write(ENTER);
  return {
    // Written over what is there, in one piece: nothing flickers.
    draw: (lines) => void out.write(HOME + lines.map((line) => line + REST_OF_LINE).join('\n') + REST_OF_SCREEN),
    end: () => void out.write(LEAVE),
  };
};
