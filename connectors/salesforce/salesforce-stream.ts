import { type Column, SourceError, type Stream } from '../connector.ts';

/** What this connector keeps in a described stream. */
export type SalesforceStream = Stream & {
  /** For messages: `Lead`, or `the query`. */
  readonly what: string;
  readonly object: string;
  /** The author's conditions, each to be put in parentheses. */
  readonly conditions: readonly string[];
  /** Deleted records too. */
  readonly allRows: boolean;
  /** Salesforce tells up to when the changes of the object are complete, and the cursor is one of the times that it writes itself. */
  readonly tellsComplete: boolean;
  /** Name of a column, as the mapping knows it → Salesforce's own spelling. */
  readonly spelling: ReadonlyMap<string, string>;
};

/** A stream that this connector described. Anything else is a mistake of the caller. */
export function own(stream: Stream): SalesforceStream {
  if (!('spelling' in stream)) throw new TypeError('this stream was not described by the salesforce connector');
  return stream as SalesforceStream;
}

/** @throws SourceError `unknown-column` */
export function columnNamed(stream: SalesforceStream, name: string): Column {
  const column = stream.columns.find((each) => each.name === name);
  if (column === undefined) throw new SourceError('unknown-column', `${stream.what} has no column "${name}"`);
  return column;
}
