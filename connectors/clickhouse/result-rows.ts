import type { Cell } from '../connector.ts';

/** What the server wrote into a result that it had begun: an error, by its number; undefined when the result just ends within a row. */
export class BrokenResult extends Error {
  override readonly name = 'BrokenResult';
  readonly code: string | undefined;
  constructor(code: string | undefined) {
    super('the result ends with an error of the server, or within a row');
    this.code = code;
  }
}

const NEWLINE = 0x0a;
/** No more of an error is kept: its number stands at its beginning. */
const KEPT = 65_536;

/**
 * Rows of JSONCompactEachRow as they come, a part for each piece of the body. Status 200 is sent before the last row is known: an error after it
 * stands in the body, in a form that changed between versions, and in none of them is a row.
 */
export async function* resultRows(body: AsyncIterable<Buffer>): AsyncGenerator<Cell[][], void, undefined> {
  let rest: Buffer[] = []; // of a row whose end has not come yet
  let broken: string | undefined; // of an error whose text is still coming
  for await (const piece of body) {
    if (broken !== undefined) {
      broken = (broken + piece.toString('latin1')).slice(0, KEPT);
      continue;
    }
    const end = piece.lastIndexOf(NEWLINE);
    if (end === -1) {
      rest.push(piece);
      continue;
    }
    const text = Buffer.concat([...rest, piece.subarray(0, end)]).toString();
    rest = end + 1 < piece.length ? [piece.subarray(end + 1)] : [];
    const rows = parsed(text);
    if (rows === undefined) broken = (text + Buffer.concat(rest).toString('latin1')).slice(-KEPT);
    else if (rows.length > 0) yield rows;
  }
  const last = Buffer.concat(rest).toString('latin1');
  if (broken !== undefined || last.trim() !== '') throw new BrokenResult(codeIn(broken ?? last));
}

/** A line break within a value is escaped, so each one that stands here ends a row. Undefined: there is something else among the rows. */
function parsed(text: string): Cell[][] | undefined {
  try {
    return JSON.parse(`[${text.trimEnd().replaceAll('\n', ',')}]`) as Cell[][];
  } catch {
    return undefined;
  }
}

function codeIn(text: string): string | undefined {
  return /Code: (\d{1,4})\. DB::Exception/.exec(text)?.[1];
}
