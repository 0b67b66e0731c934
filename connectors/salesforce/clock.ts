/** Salesforce's clock, and up to when what it shows is complete. Its times have whole seconds, and a fraction in a condition is ignored: so have ours. */
import { FUTURE_ROWS_COUNTED, type Horizon, SourceError } from '../connector.ts';
import { countRecords } from './query.ts';
import type { SalesforceStream } from './salesforce-stream.ts';
import type { Session } from './session.ts';
import { fieldOf, selectText } from './soql.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * The clock less the lag; and, where Salesforce tells it, not past the start of the oldest transaction of the instance that is still open
 * (`latestDateCovered`). That may stand still for hours on behalf of other orgs: `maxStall` bounds how long it can hold the reading up.
 */
export async function timeHorizon(
  session: Session,
  stream: SalesforceStream,
  lagSeconds: number,
  maxStallSeconds: number,
): Promise<Horizon> {
  const complete = stream.tellsComplete && maxStallSeconds > 0 ? await completeUpTo(session, stream) : undefined;
  const now = complete === undefined ? await askClock(session, stream) : clockOf(session, stream);
  const bound = now - lagSeconds * SECOND;
  const furthest = bound - maxStallSeconds * SECOND;
  const before = complete === undefined ? bound : Math.min(bound, Math.max(complete.until, furthest));
  const isOpen = complete !== undefined && complete.until < complete.asked;
  return {
    now: new Date(now).toISOString(),
    before: secondText(Math.floor(before / SECOND)),
    guard: complete === undefined ? 'lag' : 'transactions',
    openFor: isOpen ? Math.max(0, (now - complete.until) / SECOND) : undefined,
    isStalled: isOpen && complete.until < furthest,
    future: await countFuture(session, stream, now),
  };
}

/** `until`: before this everything has been committed. `asked`: more than that was not asked for; the API goes by whole minutes. */
async function completeUpTo(
  session: Session,
  stream: SalesforceStream,
): Promise<{ readonly until: number; readonly asked: number } | undefined> {
  const asked = Math.floor(clockOf(session, stream) / MINUTE) * MINUTE;
  const [start, end] = [asked - MINUTE, asked].map((at) =>
    encodeURIComponent(`${new Date(at).toISOString().slice(0, 19)}+00:00`),
  );
  try {
    const { text } = await session.send(
      { path: `/sobjects/${stream.object}/updated/?start=${start}&end=${end}` },
      `ask up to when ${stream.what} is complete`,
    );
    const { latestDateCovered } = JSON.parse(text) as { latestDateCovered?: string };
    const until = Date.parse(String(latestDateCovered).replace(/\+0000$/, 'Z'));
    return Number.isNaN(until) ? undefined : { until, asked };
  } catch (error) {
    // Without the right to it, or with more changes than it lists, lag and lookback have to do.
    if (
      error instanceof SourceError &&
      ['source-permission', 'source-query-failed', 'unknown-table'].includes(error.code)
    )
      return undefined;
    throw error;
  }
}

/** The list of resources is the smallest reply there is; the clock stands in its header. */
async function askClock(session: Session, stream: SalesforceStream): Promise<number> {
  await session.send({ path: '' }, `ask for the clock (${stream.what})`);
  return clockOf(session, stream);
}

function clockOf(session: Session, { what }: SalesforceStream): number {
  const now = session.clock();
  if (now !== undefined) return now;
  throw new SourceError('source-query-failed', `Salesforce did not tell its clock (${what})`, {
    hint: 'a proxy on the way may take the Date header out of replies',
  });
}

/** Salesforce writes its own times when they are; a field that people or programs fill may hold one to come. */
async function countFuture(session: Session, stream: SalesforceStream, now: number): Promise<number> {
  if (stream.cursorColumn.nullable === false) return 0;
  const isLater = `${fieldOf(stream, stream.cursorColumn.name)} > ${secondText(Math.floor(now / SECOND))}`;
  const soql = selectText(stream, [], [isLater], { count: true, limit: FUTURE_ROWS_COUNTED });
  return countRecords(session, stream, soql, `look for rows of the future in ${stream.what}`);
}

export function shiftBack(stream: SalesforceStream, cursor: string, seconds: number): string {
  const at = Date.parse(cursor);
  if (Number.isNaN(at))
    throw new SourceError('cursor-format', `a position of ${stream.what} is no time of Salesforce`, {
      hint: 'a cursor is written as 2026-11-20T10:00:00.000Z',
    });
  return secondText(Math.floor(at / SECOND - seconds));
}

/** The first second that is not before the instant. */
export function cursorAt(instant: string): string {
  return secondText(Math.ceil(Date.parse(instant) / SECOND));
}

/** As Salesforce's own fields read: `2026-11-20T10:00:00.000Z`. */
function secondText(seconds: number): string {
  return new Date(seconds * SECOND).toISOString();
}
