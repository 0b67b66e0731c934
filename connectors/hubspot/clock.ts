import { FUTURE_ROWS_COUNTED, type Horizon, SourceError } from '../connector.ts';
import type { Answer, Ask } from './ask.ts';
import type { HubspotStream } from './hubspot-stream.ts';
import { cursorMs, cursorText } from './instants.ts';
import { countFound, partFilters } from './search.ts';

export const ACCOUNT = '/account-info/v3/details';

/** HubSpot has no clock to ask; its answers are dated, to the second. */
export async function askAccount(ask: Ask): Promise<{ readonly account: Answer['body']; readonly nowMs: number }> {
  const { body, date } = await ask({ method: 'GET', path: ACCOUNT }, 'ask HubSpot for its clock');
  const nowMs = Date.parse(date ?? '');
  if (!Number.isNaN(nowMs)) return { account: body, nowMs };
  throw new SourceError('source-query-failed', 'HubSpot gave no answer to a question about its clock', {
    hint: 'something between here and HubSpot takes the Date header away',
  });
}

/** Nothing tells what the index of the search does not show yet: lag and lookback are for that. */
export async function horizon(ask: Ask, stream: HubspotStream, lagSeconds: number): Promise<Horizon> {
  const { nowMs } = await askAccount(ask);
  const now = cursorText(nowMs);
  if (stream.spec.byKey) return { now, before: undefined };
  const future = await countFound({ ask, stream }, partFilters(stream, { from: nowMs + 1000 }));
  return {
    now,
    before: cursorText(nowMs - Math.ceil(lagSeconds * 1000)),
    guard: 'lag',
    future: Math.min(future, FUTURE_ROWS_COUNTED),
  };
}

export function shiftBack({ table }: HubspotStream, cursor: string, seconds: number): string {
  return cursorText(cursorMs(cursor, table.what) - Math.ceil(seconds * 1000));
}
