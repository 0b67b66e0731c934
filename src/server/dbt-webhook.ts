/**
 * A webhook of dbt Cloud: whether it is dbt Cloud that calls, and whether there is something to do. The signature is the HMAC-SHA256 of the body, in hex, in
 * the Authorization header. https://docs.getdbt.com/docs/deploy/webhooks (2026-11-30)
 */
import { createHmac } from 'node:crypto';
import { isSame } from './guard.ts';

export type DbtCall =
  | { readonly kind: 'refused'; readonly hint: string }
  /** Signed, and no reason to run anything: another kind of event, a run that failed, a job that is not meant, a repeat. */
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'run'; readonly eventId: string };

export type DbtTools = {
  readonly secret: string;
  /** Left out: any job. */
  readonly jobs?: readonly string[] | undefined;
  readonly hasSeen: (eventId: string) => boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** dbt Cloud tries a delivery five times; what is older was kept by somebody and sent again. */
const OLDEST_MS = 3_600_000;
const CLOCKS_DIFFER_MS = 300_000;

export const readDbtCall = (
  body: Uint8Array,
  signature: string | undefined,
  { secret, jobs, hasSeen, now }: DbtTools,
): DbtCall => {
  const wanted = createHmac('sha256', secret).update(body).digest('hex');
  if (signature === undefined || !isSame(signature.trim().toLowerCase(), wanted))
    return {
      kind: 'refused',
      hint: 'the Authorization header holds the HMAC-SHA256 of the body, by the secret of the hook',
    };
  const event = parse(body);
  const at = Date.parse(String(event?.timestamp ?? ''));
  const { eventId } = event ?? {};
  // Signed without these: the test of an endpoint.
  if (typeof eventId !== 'string' || Number.isNaN(at)) return { kind: 'ignored', reason: 'no event of a job' };
  if (at < now() - OLDEST_MS || at > now() + CLOCKS_DIFFER_MS)
    return { kind: 'refused', hint: 'the event is not of this hour: it was sent before, or a clock is wrong' };
  if (event?.eventType !== 'job.run.completed') return { kind: 'ignored', reason: 'not job.run.completed' };
  const { runStatus, jobId } = (event.data ?? {}) as { runStatus?: unknown; jobId?: unknown };
  if (runStatus !== 'Success') return { kind: 'ignored', reason: 'the job did not succeed' };
  if (jobs && !jobs.includes(String(jobId))) return { kind: 'ignored', reason: 'another job' };
  if (hasSeen(eventId)) return { kind: 'ignored', reason: 'seen before' };
  return { kind: 'run', eventId };
};

type DbtEvent = {
  readonly eventId?: unknown;
  readonly eventType?: unknown;
  readonly timestamp?: unknown;
  readonly data?: unknown;
};

const parse = (body: Uint8Array): DbtEvent | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};
