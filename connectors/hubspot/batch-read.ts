import type { Ask } from './ask.ts';
import type { Properties } from './search.ts';

/** One value that a property had, from `timestamp` on. */
export type Version = { readonly value?: string | null; readonly timestamp?: string; readonly sourceType?: string };

export type ReadObject = {
  readonly id: string;
  readonly properties: Properties;
  readonly versions: readonly Version[];
};

type Wanted = {
  readonly objectType: string;
  readonly properties: readonly string[];
  readonly history?: string | undefined;
};

/** HubSpot takes 100 ids at once, and 50 where it is to give a history. */
const MOST = { plain: 100, history: 50 };

/** Objects by id, with all of these properties; what was archived meanwhile is not among them. */
export async function batchRead(
  ask: Ask,
  { objectType, properties, history }: Wanted,
  ids: readonly string[],
  doing: string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, ReadObject>> {
  const path = `/crm/v3/objects/${encodeURIComponent(objectType)}/batch/read`;
  const most = history === undefined ? MOST.plain : MOST.history;
  const parts: (readonly string[])[] = [];
  for (let at = 0; at < ids.length; at += most) parts.push(ids.slice(at, at + most));
  const answers = await Promise.all(
    parts.map((part) => {
      const body = {
        inputs: part.map((id) => ({ id })),
        properties,
        ...(history === undefined ? {} : { propertiesWithHistory: [history] }),
      };
      return ask({ method: 'POST', path, body }, doing, signal);
    }),
  );
  const objects = new Map<string, ReadObject>();
  for (const { body } of answers) {
    for (const each of (body.results ?? []) as readonly Given[]) {
      const versions = history === undefined ? [] : (each.propertiesWithHistory?.[history] ?? []);
      objects.set(String(each.id), { id: String(each.id), properties: each.properties ?? {}, versions });
    }
  }
  return objects;
}

type Given = {
  readonly id: string | number;
  readonly properties?: Properties;
  readonly propertiesWithHistory?: Readonly<Record<string, readonly Version[]>>;
};
