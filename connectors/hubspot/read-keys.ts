import type { Bounds, Row } from '../connector.ts';
import type { Ask } from './ask.ts';
import type { HubspotStream } from './hubspot-stream.ts';
import { rowMaker } from './make-rows.ts';
import { withinOf } from './read-pages.ts';
import { parseKey } from './row-key.ts';
import { searchIds } from './search.ts';

type KeyRead = {
  readonly columns: readonly string[];
  readonly keys: readonly (readonly string[])[];
  readonly within?: Bounds | undefined;
};

/** Values that an IN of a search takes. */
const MOST_IDS = 100;

/** The rows with these keys that `where` lets through. A text that can be no key is no row's, and is not asked for. */
export async function readKeys(
  ask: Ask,
  stream: HubspotStream,
  { columns, keys, within }: KeyRead,
): Promise<readonly Row[]> {
  const wanted = new Set(keys.map(([key]) => key));
  const parsed = [...wanted].flatMap((key) => parseKey(key ?? '', stream.table.history) ?? []);
  const ids = [...new Set(parsed.map(({ id }) => id))];
  const maker = rowMaker(ask, stream, columns);
  const isWithin = within === undefined ? () => true : withinOf(stream, within);
  const found: Row[] = [];
  for (let at = 0; at < ids.length; at += MOST_IDS) {
    const objects = await searchIds({ ask, stream }, ids.slice(at, at + MOST_IDS), maker.searched);
    for (const placed of await maker.rowsOf(objects)) {
      if (isWithin(placed) && wanted.has(placed.position.key[0])) found.push(placed.row);
    }
  }
  return found;
}
