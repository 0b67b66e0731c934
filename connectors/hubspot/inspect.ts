/** What `check` and `init` ask of a HubSpot account. */
import {
  type Advice,
  type Column,
  type IndexFacts,
  type Inspector,
  SourceError,
  type Stream,
  type TableFacts,
} from '../connector.ts';
import type { Ask } from './ask.ts';
import { askAccount } from './clock.ts';
import { columnsOf, withoutCursor } from './describe.ts';
import { asHubspotStream } from './hubspot-stream.ts';
import { cursorText } from './instants.ts';
import type { Properties } from './properties.ts';
import { countFound } from './search.ts';
import { customObjects, ID, modifiedProperty, STANDARD } from './tables.ts';

type Login = { readonly token: string; readonly isLocal: boolean };

export function inspector(ask: Ask, { token, isLocal }: Login): Inspector {
  return {
    server: async () => {
      const { account, nowMs } = await askAccount(ask);
      const portal = /^\d{1,15}$/.test(String(account.portalId)) ? ` ${account.portalId}` : '';
      return {
        version: `HubSpot account${portal}`,
        user: undefined, // An app, not a person.
        transport: isLocal ? 'local' : 'tls',
        now: cursorText(nowMs),
        isReadOnly: false,
        transactions: undefined,
        costs: await usage(ask),
      };
    },
    relation: async (given: Stream) => {
      const stream = asHubspotStream(given);
      const writes = await writeScopes(ask, token);
      return {
        isTable: true,
        hasUniqueKey: true, // Ids are HubSpot's own.
        hasCursorIndex: true,
        layout: {
          isGood: true,
          text: "HubSpot's search serves the reading; it finds a change some moments after it was made, which lag and lookback have to cover",
        },
        writes,
        nullCursors: stream.spec.byKey ? 0 : Math.min(1001, await countFound({ ask, stream }, withoutCursor(stream))),
        repeatedKeys: 0,
        sampled: 0,
        cures: {
          cursorIndex: '',
          uniqueIndex: '',
          privileges: `take away from the private app's scopes: ${(writes ?? []).join(', ')}`,
        },
      };
    },
  };
}

/** A request costs one of those that the account has in a day. Nothing where HubSpot does not tell. */
async function usage(ask: Ask): Promise<readonly Advice[]> {
  const path = '/account-info/v3/api-usage/daily/private-apps';
  try {
    const { body } = await ask({ method: 'GET', path }, 'look up the requests of today');
    const results = (body.results ?? []) as readonly {
      readonly currentUsage?: unknown;
      readonly usageLimit?: unknown;
    }[];
    return results.flatMap(({ currentUsage: used, usageLimit: limit }): Advice[] => {
      if (typeof used !== 'number' || typeof limit !== 'number') return [];
      const text = `${used.toLocaleString('en-US')} of ${limit.toLocaleString('en-US')} requests of today are used; a run takes one for 200 records, more for histories and contacts of deals`;
      return [
        used < limit * 0.8
          ? { isGood: true, text }
          : { isGood: false, text, cure: 'run less often, or raise the limit of the account' },
      ];
    });
  } catch (error) {
    if (error instanceof SourceError) return [];
    throw error;
  }
}

/** Scopes that are more than reading. Undefined where HubSpot does not tell: the token is not one of a private app. */
async function writeScopes(ask: Ask, token: string): Promise<readonly string[] | undefined> {
  const call = {
    method: 'POST',
    path: '/oauth/v2/private-apps/get/access-token-info',
    body: { tokenKey: token },
  } as const;
  try {
    const { body } = await ask(call, "look up the private app's scopes");
    const scopes = Array.isArray(body.scopes) ? body.scopes.filter((each) => typeof each === 'string') : [];
    return scopes.filter((scope) => /^[\w.-]+\.(?:write|delete)$/.test(scope));
  } catch (error) {
    if (error instanceof SourceError) return undefined;
    throw error;
  }
}

/** The objects that the app may read, and the two histories that make events. */
export async function tables(ask: Ask, properties: Properties): Promise<readonly TableFacts[]> {
  const custom = (await customObjects(ask)) ?? [];
  const objects = [
    ...STANDARD.map((name) => ({ name, objectType: name })),
    ...custom.flatMap(({ objectTypeId, names: [name] }) =>
      name === undefined ? [] : [{ name, objectType: objectTypeId }],
    ),
  ];
  const found: TableFacts[] = [];
  for (const { name, objectType } of objects) {
    const own = await readable(objectType, properties);
    const cursor = modifiedProperty(objectType);
    if (own === undefined || !own.some((column) => column.name === cursor)) continue;
    const columns = await columnsOf({ objectType, history: undefined, what: name }, own, properties);
    const index: IndexFacts = { columns: [cursor, ID], isUnique: true, isWhole: true };
    found.push({ name, columns, primaryKey: [ID], indexes: [index] });
  }
  return found;
}

async function readable(objectType: string, properties: Properties): Promise<readonly Column[] | undefined> {
  try {
    return await properties(objectType);
  } catch (error) {
    const isOutOfReach = error instanceof SourceError && ['source-permission', 'unknown-table'].includes(error.code);
    if (isOutOfReach) return undefined;
    throw error;
  }
}
