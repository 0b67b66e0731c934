/** HubSpot's API on loopback, for HubSpot's own client: over a portal, with limits, scopes, tokens and faults. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FREE, type Limits, openLimits } from './hubspot-limits.ts';
import type { ObjectTable, Portal } from './hubspot-portal.ts';
import { BadSearch, objectBody, searchTable } from './hubspot-search.ts';

export const HUBSPOT_TOKEN = 'pat-eu1-11111111-2222-3333-4444-555555555555';

export type HubspotCall = {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
};
/** `reset`: the connection is cut. `hang`: there is never an answer. */
export type Fault = { readonly status: number; readonly body?: unknown } | 'reset' | 'hang' | undefined;

export type HubspotServerOptions = {
  readonly limits?: Partial<Limits>;
  /** What the app may; left out: all. */
  readonly scopes?: readonly string[];
  /** Asked before each answer; may change the portal too. */
  readonly onCall?: (call: HubspotCall, nth: number) => Fault;
};

type Answer = { readonly status: number; readonly body: unknown };

let correlations = 0;
const error = (status: number, category: string, message: string, more: Record<string, unknown> = {}): Answer => {
  correlations += 1;
  const correlationId = `00000000-0000-4000-8000-${String(correlations).padStart(12, '0')}`;
  return { status, body: { status: 'error', message, correlationId, category, ...more } };
};
const invalid = (message: string): Answer => error(400, 'VALIDATION_ERROR', message);

const unauthorised = error(
  401,
  'INVALID_AUTHENTICATION',
  'Authentication credentials not found. This API supports OAuth 2.0 authentication',
);

const missingScopes = (scope: string): Answer =>
  error(403, 'MISSING_SCOPES', "This app hasn't been granted all required scopes to make this call.", {
    errors: [
      { message: 'One or more of the following scopes are required.', context: { requiredGranularScopes: [scope] } },
    ],
    links: { scopes: 'https://developers.hubspot.com/scopes' },
  });

export const startHubspot = async (portal: Portal, options: HubspotServerOptions = {}) => {
  const limits = openLimits({ ...FREE, ...options.limits });
  const calls: HubspotCall[] = [];
  const statuses: number[] = [];

  const withTable = (type: string, work: (table: ObjectTable) => Answer): Answer => {
    const table = portal.table(type);
    if (table === undefined) return invalid(`Unable to infer object type from: ${type}`);
    const scope = `crm.objects.${type}.read`;
    if (options.scopes && !options.scopes.includes(scope)) return missingScopes(scope);
    return work(table);
  };

  const batchRead = (type: string, body: HubspotCall['body']): Answer =>
    withTable(type, (table) => {
      const inputs = (body.inputs ?? []) as readonly { readonly id: string }[];
      const asked = (body.properties ?? []) as readonly string[];
      const histories = (body.propertiesWithHistory ?? []) as readonly string[];
      if (inputs.length > 100) return invalid('The maximum number of inputs supported in a batch request is 100.');
      if (histories.length > 0 && inputs.length > 50)
        return invalid('The maximum number of inputs supported in a batch request for property histories is 50.');
      const found = inputs.flatMap(({ id }) => table.objects.get(Number(id)) ?? []);
      const results = found.map((object) => ({
        ...objectBody(object.properties, asked, object.id),
        ...(histories.length === 0
          ? {}
          : {
              propertiesWithHistory: Object.fromEntries(
                histories.map((name) => [name, object.history.get(name) ?? []]),
              ),
            }),
      }));
      const missing = inputs.filter(({ id }) => !table.objects.has(Number(id))).map(({ id }) => id);
      const times = { startedAt: '2026-11-30T10:00:00Z', completedAt: '2026-11-30T10:00:00Z' };
      if (missing.length === 0) return { status: 200, body: { status: 'COMPLETE', results, ...times } };
      const message = 'Could not get some objects, they may be deleted or not exist. Check that ids are valid.';
      const errors = [{ status: 'error', category: 'OBJECT_NOT_FOUND', message, context: { ids: missing } }];
      return { status: 207, body: { status: 'COMPLETE', results, ...times, numErrors: 1, errors } };
    });

  const associations = (type: string, body: HubspotCall['body']): Answer =>
    withTable(type, () => {
      const inputs = (body.inputs ?? []) as readonly { readonly id: string }[];
      if (inputs.length > 1_000) return invalid('The maximum number of inputs is 1000.');
      const results = inputs.flatMap(({ id }) => {
        const to = portal.contactsOf(type, Number(id)).map((contact) => ({
          toObjectId: contact.id,
          associationTypes: [
            { category: 'HUBSPOT_DEFINED', typeId: 3, label: null },
            ...(contact.label === null ? [] : [{ category: 'USER_DEFINED', typeId: 36, label: contact.label }]),
          ],
        }));
        return to.length === 0 ? [] : [{ from: { id }, to }];
      });
      const errors = inputs
        .filter(({ id }) => portal.contactsOf(type, Number(id)).length === 0)
        .map(({ id }) => ({
          status: 'error',
          category: 'OBJECT_NOT_FOUND',
          subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND',
          message: `No contact is associated with ${type} ${id}.`,
        }));
      const rest = errors.length === 0 ? {} : { numErrors: errors.length, errors };
      return { status: errors.length === 0 ? 200 : 207, body: { status: 'COMPLETE', results, ...rest } };
    });

  const properties = (type: string): Answer =>
    withTable(type, ({ types }) => ({
      status: 200,
      body: {
        results: [...types].map(([name, kind]) => ({
          name,
          label: name,
          type: kind,
          fieldType: kind === 'enumeration' ? 'select' : 'text',
          groupName: `${type}information`,
          options: [],
        })),
      },
    }));

  const search = (type: string, body: HubspotCall['body'], length: number): Answer =>
    withTable(type, (table) => {
      try {
        return { status: 200, body: searchTable(table, body, length) };
      } catch (cause) {
        if (cause instanceof BadSearch) return invalid(cause.message);
        throw cause;
      }
    });

  const answerTo = ({ method, path, body }: HubspotCall, length: number): Answer => {
    const [url = ''] = path.split('?');
    const found = (pattern: RegExp): string | undefined => pattern.exec(`${method} ${url}`)?.[1];
    const searched = found(/^POST \/crm\/v3\/objects\/([^/]+)\/search$/);
    if (searched !== undefined) return search(searched, body, length);
    const read = found(/^POST \/crm\/v3\/objects\/([^/]+)\/batch\/read$/);
    if (read !== undefined) return batchRead(read, body);
    const associated = found(/^POST \/crm\/v4\/associations\/([^/]+)\/contacts\/batch\/read$/);
    if (associated !== undefined) return associations(associated, body);
    const described = found(/^GET \/crm\/v3\/properties\/([^/]+)$/);
    if (described !== undefined) return properties(described);
    if (`${method} ${url}` === 'GET /crm-object-schemas/v3/schemas') {
      if (options.scopes && !options.scopes.includes('crm.schemas.custom.read'))
        return missingScopes('crm.schemas.custom.read');
      const custom = portal.tableNames().filter((name) => name.startsWith('2-'));
      const results = custom.map((objectTypeId) => ({
        id: objectTypeId.slice(2),
        objectTypeId,
        name: 'cars',
        fullyQualifiedName: 'p4711_cars',
      }));
      return { status: 200, body: { results } };
    }
    if (`${method} ${url}` === 'GET /account-info/v3/details') {
      const account = { portalId: 4711, timeZone: 'Europe/Berlin', companyCurrency: 'EUR', accountType: 'STANDARD' };
      return { status: 200, body: { ...account, uiDomain: 'app-eu1.hubspot.com', dataHostingLocation: 'eu1' } };
    }
    if (`${method} ${url}` === 'GET /account-info/v3/api-usage/daily/private-apps') {
      const usage = { name: 'private-apps-api-calls-daily', usageLimit: limits.perDay, currentUsage: calls.length };
      const times = { collectedAt: '2026-11-30T10:00:00Z', resetsAt: '2026-12-01T00:00:00Z' };
      return { status: 200, body: { results: [{ ...usage, ...times, fetchStatus: 'SUCCESS' }] } };
    }
    if (`${method} ${url}` === 'POST /oauth/v2/private-apps/get/access-token-info') {
      const scopes = options.scopes ?? [
        'crm.objects.contacts.read',
        'crm.objects.deals.read',
        'crm.objects.deals.write',
      ];
      return { status: 200, body: { userId: 1, hubId: 4711, appId: 2, scopes } };
    }
    return { status: 404, body: undefined };
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const call: HubspotCall = {
      method: request.method ?? '',
      path: request.url ?? '',
      body: text === '' ? {} : (JSON.parse(text) as HubspotCall['body']),
    };
    calls.push(call);
    const fault = options.onCall?.(call, calls.length);
    if (fault === 'hang') return;
    if (fault === 'reset') return void request.socket.destroy();
    portal.settleIndex();
    const isSearch = call.path.endsWith('/search');
    const throttled = limits.take(isSearch);
    const reply = (): Answer => {
      if (fault !== undefined) return { status: fault.status, body: fault.body };
      if (request.headers.authorization !== `Bearer ${HUBSPOT_TOKEN}`) return unauthorised;
      if (throttled === undefined) return answerTo(call, text.length);
      const { message, policyName } = throttled;
      const body = {
        status: 'error',
        message,
        errorType: 'RATE_LIMIT',
        correlationId: 'c',
        policyName,
        requestId: 'r',
      };
      return { status: 429, body };
    };
    const { status, body } = reply();
    statuses.push(status);
    response.writeHead(status, {
      'Content-Type': 'application/json;charset=utf-8',
      Date: new Date(portal.now()).toUTCString(),
      ...(isSearch ? {} : limits.headers()),
    });
    response.end(body === undefined ? '<html>' : JSON.stringify(body));
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    /** Every request so far. */
    calls,
    /** Of every answer so far. */
    statuses,
    close: async (): Promise<void> => {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

export type HubspotServer = Awaited<ReturnType<typeof startHubspot>>;
