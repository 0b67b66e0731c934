/** A query as a job of Bulk API 2.0: Salesforce works it out once, keeps the result as it was then, and hands it over in parts. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Cell, SourceError } from '../connector.ts';
import { cellOf } from './column-kinds.ts';
import { csvRows } from './csv.ts';
import { columnNamed, type SalesforceStream } from './salesforce-stream.ts';
import type { Session } from './session.ts';
import { fieldOf } from './soql.ts';

type Job = { readonly id: string; readonly state: string };

/** Records of one part: what of the result is in memory at once. */
const PART = 10_000;
/** Between two looks at a job, in milliseconds; each look is an API call. */
const SHORTEST_WAIT = 1_000;
const LONGEST_WAIT = 15_000;

export async function* bulkRecords(
  session: Session,
  stream: SalesforceStream,
  names: readonly string[],
  soql: string,
  signal: AbortSignal,
): AsyncGenerator<Cell[][], void, undefined> {
  const doing = `read ${stream.what} by Bulk API 2.0`;
  const { id } = await started(session, stream, soql, doing);
  let isFinished = false;
  try {
    isFinished = await finished(session, id, stream, doing, signal);
    let locator = '';
    while (isFinished && !signal.aborted) {
      const place = locator === '' ? '' : `&locator=${encodeURIComponent(locator)}`;
      const { text, headers } = await session.send(
        { path: `/jobs/query/${id}/results?maxRecords=${PART}${place}`, headers: { accept: 'text/csv' } },
        doing,
      );
      const rows = rowsOf(text, stream, names);
      if (rows.length > 0) yield rows;
      locator = headers['sforce-locator'] ?? 'null';
      if (locator === 'null') return;
    }
  } finally {
    await discard(session, id, isFinished);
  }
}

async function started(session: Session, { allRows }: SalesforceStream, soql: string, doing: string): Promise<Job> {
  const body = {
    operation: allRows ? 'queryAll' : 'query',
    query: soql,
    contentType: 'CSV',
    columnDelimiter: 'COMMA',
    lineEnding: 'LF',
  };
  const { text } = await session.send({ method: 'POST', path: '/jobs/query', body }, doing);
  return JSON.parse(text) as Job;
}

/** @returns false when the reader gave up first */
async function finished(
  session: Session,
  id: string,
  { what }: SalesforceStream,
  doing: string,
  signal: AbortSignal,
): Promise<boolean> {
  for (let pause = SHORTEST_WAIT; !signal.aborted; pause = Math.min(LONGEST_WAIT, pause * 1.5)) {
    const { text } = await session.send({ path: `/jobs/query/${id}` }, doing);
    const { state } = JSON.parse(text) as Job;
    if (state === 'JobComplete') return true;
    if (state === 'Aborted')
      throw new SourceError('source-interrupted', `could not ${doing}: somebody aborted the job in Salesforce`);
    if (state === 'Failed')
      throw new SourceError('source-query-failed', `could not ${doing}: the job failed in Salesforce`, {
        hint: `Setup, Bulk Data Load Jobs says why; read a long past of ${what} in slices: run --since --until`,
      });
    await wait(pause, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

/** A job that nobody waits for any more is aborted; a result that was read is thrown away. Neither is worth an error. */
async function discard(session: Session, id: string, isFinished: boolean): Promise<void> {
  const path = `/jobs/query/${id}`;
  const doing = 'discard a bulk job';
  try {
    if (!isFinished) await session.send({ method: 'PATCH', path, body: { state: 'Aborted' } }, doing);
    await session.send({ method: 'DELETE', path }, doing);
  } catch {
    // Salesforce forgets jobs by itself after seven days.
  }
}

/** The header says which value is whose; Salesforce has no empty text, so nothing between two commas is null. */
function rowsOf(text: string, stream: SalesforceStream, names: readonly string[]): Cell[][] {
  const [header = [], ...lines] = csvRows(text);
  const wanted = names.map((name) => {
    const spelt = fieldOf(stream, name).toLowerCase();
    const index = header.findIndex((each) => each.toLowerCase() === spelt);
    if (index === -1 && lines.length > 0)
      throw new SourceError('source-query-failed', `the bulk result of ${stream.what} lacks the column "${name}"`);
    return { index, column: columnNamed(stream, name) };
  });
  return lines.map((line) =>
    wanted.map(({ index, column }) => cellOf(line[index] === '' ? null : line[index], column)),
  );
}
