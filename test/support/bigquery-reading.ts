/** A source over the stand-in, and its pages. */
import { tmpdir } from 'node:os';
import { bigquery } from '../../connectors/bigquery/index.ts';
import type { Page, ReadRange, ReadSpec, Row, Source, Stream } from '../../connectors/connector.ts';
import type { BigqueryStandIn } from './bigquery-server.ts';

export const openBigquery = (standIn: BigqueryStandIn, more: Record<string, unknown> = {}): Promise<Source> =>
  bigquery.open(standIn.options(more), { baseDir: tmpdir() });

export const specOf = (table: string, more: Partial<ReadSpec> = {}): ReadSpec => ({
  table,
  primaryKey: ['id'],
  cursor: 'at',
  onNull: 'error',
  ...more,
});

export async function readAll(
  source: Source,
  stream: Stream,
  range: Partial<ReadRange> = {},
): Promise<{ rows: Row[]; pages: Page[] }> {
  const pages: Page[] = [];
  const whole = { columns: ['id'], pageSize: 1000, ...range };
  for await (const page of source.readPages(stream, whole, new AbortController().signal)) pages.push(page);
  return { rows: pages.flatMap((page) => page.rows), pages };
}
