/** Records by the REST API: one request, no cursor kept open at Salesforce unless the caller wants the rest. */
import type { Cell } from '../connector.ts';
import { cellOf } from './column-kinds.ts';
import { columnNamed, type SalesforceStream } from './salesforce-stream.ts';
import type { Session } from './session.ts';
import { fieldOf } from './soql.ts';

/** What one request gives at the most; wide records come in smaller batches. */
export const BATCH = 2_000;

export type Records = {
  readonly rows: Cell[][];
  /** How many the whole query has. */
  readonly total: number;
  /** Where the next batch of the same result is; undefined: this was the last. */
  readonly more: string | undefined;
};

type Answer = {
  readonly totalSize: unknown;
  readonly done: boolean;
  readonly nextRecordsUrl?: string;
  readonly records?: readonly Readonly<Record<string, unknown>>[];
};

/** @param names the columns that the query selects */
export async function queryRecords(
  session: Session,
  stream: SalesforceStream,
  names: readonly string[],
  soql: string,
  doing: string,
): Promise<Records> {
  return recordsOf(await ask(session, queryPath(stream, soql), doing), stream, names);
}

/** The next batch of a result. Its records are as they are now, not as they were when the query ran. */
export async function moreRecords(
  session: Session,
  stream: SalesforceStream,
  names: readonly string[],
  url: string,
  doing: string,
): Promise<Records> {
  return recordsOf(await ask(session, url.replace(/^.*\/services\/data\/v[\d.]+/, ''), doing), stream, names);
}

/** The `totalSize` of a query: with `SELECT COUNT()` nothing else is sent. */
export async function countRecords(
  session: Session,
  stream: Pick<SalesforceStream, 'allRows'>,
  soql: string,
  doing: string,
): Promise<number> {
  return Number((await ask(session, queryPath(stream, soql), doing)).totalSize);
}

function queryPath({ allRows }: Pick<SalesforceStream, 'allRows'>, soql: string): string {
  return `/${allRows ? 'queryAll' : 'query'}?q=${encodeURIComponent(soql)}`;
}

async function ask(session: Session, path: string, doing: string): Promise<Answer> {
  const { text } = await session.send({ path, headers: { 'Sforce-Query-Options': `batchSize=${BATCH}` } }, doing);
  return readJson(text) as Answer;
}

function recordsOf(answer: Answer, stream: SalesforceStream, names: readonly string[]): Records {
  const wanted = names.map((name) => ({
    column: columnNamed(stream, name),
    path: fieldOf(stream, name).split('.'),
  }));
  const rows = (answer.records ?? []).map((record) =>
    wanted.map(({ column, path }) => cellOf(valueAt(record, path), column)),
  );
  return { rows, total: Number(answer.totalSize), more: answer.done ? undefined : answer.nextRecordsUrl };
}

function valueAt(record: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  let value: unknown = record;
  for (const part of path) value = (value as Record<string, unknown> | null | undefined)?.[part];
  return value;
}

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** JSON with each number as the text that stands there: a double would round what has more than 15 digits. */
function readJson(text: string): unknown {
  const keep: Reviver = (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? source : value;
  return JSON.parse(text, keep as Parameters<typeof JSON.parse>[1]);
}
