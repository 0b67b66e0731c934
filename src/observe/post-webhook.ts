/** The HTTP client of alerts: one POST, no redirect, no retry. Its address is a secret and shows up nowhere. */
import { Agent, request } from 'undici';

export type PostWebhook = (url: string, body: object, end?: AbortSignal) => Promise<boolean>;

const TIMEOUT_MS = 10_000;

/** Certificates are checked, whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
const dispatcher = new Agent({ connect: { rejectUnauthorized: true } });

/** @returns whether it was taken; never throws */
export const postWebhook: PostWebhook = async (url, body, end) => {
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'capi-sync' },
      body: JSON.stringify(body),
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(end ? [end] : [])]),
      dispatcher,
    });
    await answer.body.dump();
    return answer.statusCode >= 200 && answer.statusCode < 300;
  } catch {
    return false;
  }
};
