import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Access, tokenOf } from './access.ts';
import { checkEvents } from './check-events.ts';
import type { FaultSchedule } from './fault-schedule.ts';
import { type Answer, eventsReceived, graphError, invalidParameter, send } from './graph-answer.ts';
import { playFault } from './play-fault.ts';
import { type BodyProblem, type EventsBody, readBody, readEventsBody } from './read-events-request.ts';
import type { Arrival, ReceivedEvents } from './received-events.ts';
import type { RequestCounts } from './request-counts.ts';
import type { Refusal, SandboxEvent, ShapedEvent } from './sandbox-types.ts';
import { usageHeaders } from './usage-headers.ts';

export type EventsEndpoint = {
  readonly access: Access;
  readonly received: ReceivedEvents;
  readonly counts: RequestCounts;
  readonly schedule: FaultSchedule;
  readonly refuse: ((event: SandboxEvent) => Refusal | undefined) | undefined;
  readonly now: () => number;
};

export type Target = { readonly version: string; readonly datasetId: string; readonly tokenInUrl: string | undefined };

const arrivalOf = (body: EventsBody, datasetId: string, receivedAt: number): Arrival => ({
  receivedAt,
  datasetId,
  ...(body.testEventCode === undefined ? {} : { testEventCode: body.testEventCode }),
  ...(body.partnerAgent === undefined ? {} : { partnerAgent: body.partnerAgent }),
});

const problemAnswer = ({ problem }: BodyProblem): Answer =>
  graphError({ status: 400, message: `(#100) ${problem}`, code: 100 });

const refusalAnswer = ({ subcode, title, message }: Refusal): Answer =>
  invalidParameter(subcode, title ?? 'Event refused', message ?? 'An event of this request was refused.');

/** The answer of a far side in good order: all events are stored, or none. */
const processEvents = (
  { access, received, refuse, now }: EventsEndpoint,
  { datasetId, tokenInUrl }: Target,
  headers: IncomingMessage['headers'],
  body: EventsBody | BodyProblem,
  refuseByFault: ((event: ShapedEvent) => Refusal | undefined) | undefined,
): Answer => {
  const readable = 'data' in body ? body : undefined;
  const noAccess = access.refusal(tokenOf(headers, readable?.accessToken, tokenInUrl), datasetId);
  if (!('data' in body)) {
    // A token in a body that cannot be read cannot be found: the body is what is wrong then.
    return noAccess === undefined || headers.authorization === undefined ? problemAnswer(body) : noAccess;
  }
  if (noAccess !== undefined) return noAccess;
  const receivedAt = now();
  const checked = checkEvents(body.data, receivedAt);
  if ('violation' in checked) {
    const { subcode, title, message } = checked.violation;
    return invalidParameter(subcode, title, message);
  }
  const arrival = arrivalOf(body, datasetId, receivedAt);
  if (refuse !== undefined || refuseByFault !== undefined) {
    for (const event of checked.events) {
      const refusal = refuseByFault?.(event) ?? refuse?.(received.preview(event, arrival));
      if (refusal !== undefined) return refusalAnswer(refusal);
    }
  }
  received.store(checked.events, arrival);
  return eventsReceived(checked.events.length);
};

/** Answers one POST to /events, by the rules or by the fault that is due. */
export const answerEvents = async (
  endpoint: EventsEndpoint,
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { counts, schedule } = endpoint;
  counts.arrived();
  let bytes: Buffer | undefined;
  try {
    bytes = await readBody(request);
  } catch {
    counts.decided('aborted', undefined);
    return;
  }
  if (bytes === undefined) {
    counts.decided('refused', undefined);
    send(response, { status: 413, type: 'text/plain', body: 'The body is too large.' });
    return;
  }
  const body = await readEventsBody(bytes, request.headers);
  const { fault, refuse } = schedule.next('data' in body ? body.data.length : 0);
  const process = () => processEvents(endpoint, target, request.headers, body, refuse);
  const headers = {
    'facebook-api-version': target.version,
    ...(schedule.showsUsage() ? usageHeaders(target.datasetId, fault) : {}),
  };
  if (fault !== undefined) {
    counts.decided(`fault:${fault.kind}`, playFault(fault, { process, response, headers })?.error);
    return;
  }
  const answer = process();
  counts.decided(answer.status === 200 ? 'accepted' : 'refused', answer.error);
  send(response, answer, headers);
};
