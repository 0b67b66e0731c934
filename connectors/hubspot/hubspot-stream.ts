import type { Column, Stream } from '../connector.ts';
import type { Table } from './tables.ts';
import type { Filter } from './where.ts';

/** What this connector keeps in a described stream. */
export type HubspotStream = Stream & {
  readonly table: Table;
  /** The author's `where`. */
  readonly filters: readonly Filter[];
  /** The object's own properties. */
  readonly properties: readonly Column[];
};

/** A stream that this connector described. Anything else is a mistake of the caller. */
export function asHubspotStream(stream: Stream): HubspotStream {
  if (!('table' in stream)) throw new TypeError('this stream was not described by the HubSpot connector');
  return stream as HubspotStream;
}
