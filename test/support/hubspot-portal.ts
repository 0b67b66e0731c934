/**
 * What a HubSpot account holds, for the stand-in: objects with properties and the history of each, associations, and the index of the search,
 * which comes after. Written from HubSpot's documentation (developers.hubspot.com/docs, read 2026-11-30), not from the connector.
 */
export type PropertyType = 'string' | 'number' | 'datetime' | 'date' | 'enumeration' | 'bool' | 'phone_number';

export type Version = { readonly value: string; readonly timestamp: string; readonly sourceType: string };

export type PortalObject = {
  readonly id: number;
  /** Milliseconds. */
  modified: number;
  readonly created: number;
  properties: Readonly<Record<string, string | null>>;
  /** By property, the last version first. */
  readonly history: Map<string, Version[]>;
};

/** What the index holds of an object: as it was when it was indexed. */
export type Indexed = {
  readonly id: number;
  readonly properties: Readonly<Record<string, string | null>>;
  /** What was read as a number once. */
  readonly numbers: Map<string, number>;
};

export type ObjectTable = {
  readonly types: ReadonlyMap<string, PropertyType>;
  readonly objects: Map<number, PortalObject>;
  readonly index: Map<number, Indexed>;
  /** Ids of the index, in order; undefined: to be made anew. */
  sorted: readonly number[] | undefined;
};

export type Contact = { readonly id: number; readonly label: string | null };

export type Given = { readonly id: number; readonly properties?: Readonly<Record<string, string | null>> };

/** Set on contacts only; the others have it with `hs_` before it. */
const modifiedOf = (type: string): string => (type === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate');

/** HubSpot leaves the milliseconds out where there are none. */
const isoText = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

const VERSIONS_KEPT: Readonly<Record<string, number>> = { contacts: 45 };

export const openPortal = ({ now = Date.now }: { readonly now?: () => number } = {}) => {
  const tables = new Map<string, ObjectTable>();
  const contacts = new Map<string, Contact[]>();
  let indexLagMs = 0;
  const waiting: { readonly at: number; readonly apply: () => void }[] = [];

  const tableOf = (type: string): ObjectTable => {
    const table = tables.get(type);
    if (table === undefined) throw new Error(`the portal has no ${type}`);
    return table;
  };

  const toIndex = (apply: () => void): void => {
    if (indexLagMs === 0) apply();
    else waiting.push({ at: now() + indexLagMs, apply });
  };

  return {
    now,
    define: (type: string, properties: Readonly<Record<string, PropertyType>>): void => {
      const types = new Map<string, PropertyType>([
        ['hs_object_id', 'number'],
        ['createdate', 'datetime'],
        [modifiedOf(type), 'datetime'],
        ['hs_merged_object_ids', 'enumeration'],
        ...Object.entries(properties),
      ]);
      tables.set(type, { types, objects: new Map(), index: new Map(), sorted: [] });
    },
    table: (type: string): ObjectTable | undefined => tables.get(type),
    tableNames: (): readonly string[] => [...tables.keys()],
    /** Makes or changes objects, all at one time. */
    put: (type: string, given: readonly Given[], at: number = now()): void => {
      const table = tableOf(type);
      for (const { id, properties = {} } of given) {
        const old = table.objects.get(id);
        const object: PortalObject = old ?? { id, created: at, modified: at, properties: {}, history: new Map() };
        object.modified = at;
        for (const [name, value] of Object.entries(properties)) {
          if (value === (object.properties[name] ?? null)) continue;
          const versions = object.history.get(name) ?? [];
          versions.unshift({ value: value ?? '', timestamp: isoText(at), sourceType: 'CRM_UI' });
          object.history.set(name, versions.slice(0, VERSIONS_KEPT[type] ?? 20));
        }
        object.properties = {
          createdate: isoText(object.created),
          ...object.properties,
          [modifiedOf(type)]: isoText(at),
          ...properties,
          hs_object_id: String(id),
        };
        table.objects.set(id, object);
        const snapshot = { id, properties: object.properties, numbers: new Map<string, number>() };
        toIndex(() => {
          if (!table.objects.has(id)) return;
          if (!table.index.has(id)) table.sorted = undefined;
          table.index.set(id, snapshot);
        });
      }
    },
    archive: (type: string, ...ids: readonly number[]): void => {
      const table = tableOf(type);
      for (const id of ids) {
        table.objects.delete(id);
        table.index.delete(id);
      }
      table.sorted = undefined;
    },
    /** A contact of an object that is no contact. */
    associate: (type: string, id: number, contact: number, label: string | null = null): void => {
      const key = `${type}/${id}`;
      contacts.set(key, [...(contacts.get(key) ?? []), { id: contact, label }]);
    },
    contactsOf: (type: string, id: number): readonly Contact[] => contacts.get(`${type}/${id}`) ?? [],
    /** How long after a change the search finds it. */
    setIndexLag: (ms: number): void => {
      indexLagMs = ms;
    },
    /** The index as it is by now. */
    settleIndex: (): void => {
      while (waiting[0] !== undefined && waiting[0].at <= now()) waiting.shift()?.apply();
    },
  };
};

export type Portal = ReturnType<typeof openPortal>;
