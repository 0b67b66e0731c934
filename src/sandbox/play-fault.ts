import type { ServerResponse } from 'node:http';
import type { Fault, FaultBody } from './faults.ts';
import { type Answer, eventsReceived, graphError, HTML_TYPE, JSON_TYPE, send } from './graph-answer.ts';

/** What a fault has to do with: the request's own processing, which it may use or not, and the way back to the sender. */
export type FaultedRequest = {
  readonly process: () => Answer;
  readonly response: ServerResponse;
  readonly headers: Readonly<Record<string, string>>;
};

const LONGEST_SILENCE_MS = 120_000;

const html = (status: number): Answer => ({
  status,
  type: HTML_TYPE,
  body: '<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Sorry, something went wrong.</h1></body></html>',
});
const unknownError = (status: number): Answer =>
  graphError({ status, message: 'An unknown error has occurred.', code: 1 });
const half = (answer: Answer): Answer => ({ ...answer, body: answer.body.slice(0, answer.body.length >> 1) });

const STATUS_BODIES: Readonly<Record<FaultBody, (status: number) => Answer>> = {
  empty: (status) => ({ status, type: JSON_TYPE, body: '' }),
  html,
  json: unknownError,
  truncated: (status) => {
    const { error: _, ...answer } = half(unknownError(status));
    return answer;
  },
};

/** 200s lose one event of events_received; errors stay as they are. */
const miscounted = (answer: Answer): Answer =>
  answer.status === 200
    ? {
        ...answer,
        body: answer.body.replace(/"events_received":(\d+)/, (_, n) => `"events_received":${Number(n) - 1}`),
      }
    : answer;

/** Waits, unless the sender goes first. */
const later = (response: ServerResponse, ms: number, act: () => void): void => {
  const timer = setTimeout(act, ms);
  response.once('close', () => clearTimeout(timer));
};

const cut = (response: ServerResponse): void => {
  response.socket?.resetAndDestroy();
};

const drip = ({ response, headers }: FaultedRequest, answer: Answer, ms: number): void => {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, { ...headers, 'content-type': answer.type, 'content-length': body.length });
  let sent = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(sent, sent + 1));
    sent++;
    if (sent === body.length) {
      clearInterval(timer);
      response.end();
    }
  }, ms);
  response.once('close', () => clearInterval(timer));
};

/** The answer of the kinds that decide it at once; undefined where the connection itself is what goes wrong. */
const spoiltAnswer = (fault: Fault, process: () => Answer): Answer | undefined => {
  switch (fault.kind) {
    case 'status':
      if (fault.stored) process();
      return STATUS_BODIES[fault.body ?? 'json'](fault.code ?? 500);
    case 'throttle':
      // Seen with HTTP 400 and the type of a token error; only the code tells (fact sheet §1.2).
      return graphError({ status: 400, message: 'Too many calls have been made.', code: fault.graphCode ?? 80004 });
    case 'transient':
      return graphError({
        status: 500,
        message: 'The service is temporarily unavailable.',
        code: 2,
        isTransient: true,
      });
    case 'expire-token':
      return graphError({
        status: 401,
        message: 'The session of the access token has expired.',
        code: 190,
        subcode: 463,
      });
    case 'permission':
      return graphError({ status: 403, message: 'A permission is missing.', code: fault.graphCode ?? 200 });
    case 'garbage':
      if (fault.stored) process();
      return html(200);
    case 'wrong-count':
      return miscounted(process());
    case 'truncate':
      return half(fault.stored ? process() : eventsReceived(1));
    case 'too-large':
      return html(413);
    case 'redirect':
      return { status: 302, type: HTML_TYPE, body: '' };
    default:
      return undefined;
  }
};

/** Lets one request go wrong. Returns the answer that is (being) sent, undefined when there is none. */
export const playFault = (fault: Fault, request: FaultedRequest): Answer | undefined => {
  const { process, response, headers } = request;
  const spoilt = spoiltAnswer(fault, process);
  if (spoilt !== undefined) {
    // On this host on purpose: a client that follows must not carry its token to a stranger.
    send(response, spoilt, fault.kind === 'redirect' ? { ...headers, location: '/redirected' } : headers);
    return spoilt;
  }
  if (fault.kind === 'timeout') {
    if (fault.stored) process();
    later(response, LONGEST_SILENCE_MS, () => cut(response));
    return undefined;
  }
  if (fault.kind === 'slow' || fault.kind === 'drip') {
    const answer = process();
    if (fault.kind === 'slow') later(response, fault.ms ?? 2000, () => send(response, answer, headers));
    else drip(request, answer, fault.ms ?? 200);
    return answer;
  }
  if (fault.kind === 'reset-after') process();
  cut(response);
  return undefined;
};
