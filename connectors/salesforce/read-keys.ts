import type { Bounds, Cell } from '../connector.ts';
import { moreRecords, queryRecords } from './query.ts';
import type { SalesforceStream } from './salesforce-stream.ts';
import type { Session } from './session.ts';
import { fieldOf, idList, isId, rangeTerms, selectText } from './soql.ts';

/** As many as a URL holds with room for the fields: Salesforce takes 16,384 bytes of URL and headers. */
const IDS_PER_QUERY = 200;

/** The records with these Ids. A text that is no Id is no record's key, and is not asked for. */
export async function readKeys(
  session: Session,
  stream: SalesforceStream,
  columns: readonly string[],
  keys: readonly (readonly string[])[],
  within: Bounds | undefined,
): Promise<Cell[][]> {
  for (const name of columns) fieldOf(stream, name);
  const ids = keys.map(([id = '']) => id).filter(isId);
  const range = within === undefined ? [] : rangeTerms(stream, within);
  const doing = `look up rows of ${stream.what} by their key`;
  const found: Cell[][] = [];
  for (let at = 0; at < ids.length; at += IDS_PER_QUERY) {
    const soql = selectText(stream, columns, [idList(ids.slice(at, at + IDS_PER_QUERY)), ...range]);
    let records = await queryRecords(session, stream, columns, soql, doing);
    for (;;) {
      found.push(...records.rows);
      if (records.more === undefined) break;
      records = await moreRecords(session, stream, columns, records.more, doing);
    }
  }
  return found;
}
