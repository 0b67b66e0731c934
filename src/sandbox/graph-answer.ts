import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** A complete HTTP answer. `error` names it in the stats: `code` or `code/subcode`. */
export type Answer = {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly error?: string;
};

export type GraphError = {
  readonly status: number;
  readonly message: string;
  readonly code: number;
  readonly type?: 'OAuthException' | 'GraphMethodException';
  readonly subcode?: number;
  readonly isTransient?: boolean;
  readonly userTitle?: string;
  readonly userMessage?: string;
};

export const JSON_TYPE = 'application/json; charset=UTF-8';
export const HTML_TYPE = 'text/html; charset=utf-8';

const traceId = () => `A${randomBytes(17).toString('base64url').slice(0, 22)}`;

/** Graph's error envelope with only the keys that are given, in Graph's order (captures of 2026-09-05). */
export const graphError = (error: GraphError): Answer => ({
  status: error.status,
  type: JSON_TYPE,
  error: error.subcode === undefined ? String(error.code) : `${error.code}/${error.subcode}`,
  body: JSON.stringify({
    error: {
      message: error.message,
      type: error.type ?? 'OAuthException',
      code: error.code,
      error_subcode: error.subcode,
      is_transient: error.isTransient,
      error_user_title: error.userTitle,
      error_user_msg: error.userMessage,
      fbtrace_id: traceId(),
    },
  }),
});

/** The answer to a request with a bad event: code 100 and a subcode, with all keys present. */
export const invalidParameter = (subcode: number, userTitle: string, userMessage: string): Answer =>
  graphError({
    status: 400,
    message: 'Invalid parameter',
    code: 100,
    subcode,
    isTransient: false,
    userTitle,
    userMessage,
  });

/** A token that is not good: HTTP 401, only message, type, code and trace. */
export const badToken = (): Answer => graphError({ status: 401, message: 'Invalid OAuth access token.', code: 190 });

export const missingToken = (): Answer =>
  graphError({ status: 400, message: 'An active access token is needed for this request.', code: 2500 });

export const missingObject = (): Answer =>
  graphError({
    status: 400,
    message: 'Unsupported request: the object does not exist or the token may not see it.',
    type: 'GraphMethodException',
    code: 100,
    subcode: 33,
  });

export const unknownPath = (): Answer => graphError({ status: 400, message: 'Unknown path components.', code: 2500 });

export const eventsReceived = (count: number): Answer => ({
  status: 200,
  type: JSON_TYPE,
  body: JSON.stringify({ events_received: count, messages: [], fbtrace_id: traceId() }),
});

export const json = (status: number, value: unknown): Answer => ({
  status,
  type: JSON_TYPE,
  body: JSON.stringify(value),
});

export const send = (
  response: ServerResponse,
  answer: Answer,
  headers: Readonly<Record<string, string>> = {},
): void => {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, { ...headers, 'content-type': answer.type, 'content-length': body.length });
  response.end(body);
};
