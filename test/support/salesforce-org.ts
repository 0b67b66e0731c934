/**
 * An org in memory: objects, records, users' rights, field history and transactions that others see only once they are committed. Times have
 * whole seconds, and are those of the change, not of the commit.
 */
import { recordId } from './salesforce-ids.ts';
import { type ObjectShape, STANDARD_OBJECTS } from './salesforce-objects.ts';

export type Value = string | number | boolean | null;
export type Fields = Readonly<Record<string, Value>>;
/** With its Id and the times that the org writes. */
export type OrgRecord = Record<string, Value>;

/** What is changed together, and seen together. */
export type Transaction = {
  readonly insert: (object: string, fields: Fields) => string;
  readonly update: (object: string, id: string, fields: Fields) => void;
  readonly commit: () => void;
};

export type Org = {
  readonly objects: ReadonlyMap<string, ObjectShape>;
  /** Adds an object, or replaces it and empties it. */
  readonly define: (shape: ObjectShape) => void;
  readonly now: () => number;
  readonly insert: (object: string, fields: Fields) => string;
  readonly update: (object: string, id: string, fields: Fields) => void;
  /** As an import brings it: with an Id and times of its own, and no history. */
  readonly load: (object: string, fields: Fields) => void;
  /** Into the recycle bin. */
  readonly remove: (object: string, id: string) => void;
  readonly begin: () => Transaction;
  readonly records: (object: string) => ReadonlyMap<string, OrgRecord>;
  /** When the oldest open transaction began; undefined: none is open. */
  readonly oldestOpen: () => number | undefined;
  /** What the user may not see. */
  readonly hide: (object: string, field?: string) => void;
  readonly isHidden: (object: string, field?: string) => boolean;
  /** Whether the user may create, edit and delete; at first only read. */
  readonly mayWrite: () => boolean;
  readonly allowWriting: () => void;
};

export const instantText = (ms: number): string =>
  `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}.000Z`;

/** @param now milliseconds */
export const openOrg = (now: () => number = Date.now): Org => {
  const objects = new Map<string, ObjectShape>();
  const all = new Map<string, Map<string, OrgRecord>>();
  const hidden = new Set<string>();
  const open = new Set<{ readonly began: number }>();
  let made = 0;
  let writes = false;

  const define = (shape: ObjectShape): void => {
    objects.set(shape.name, shape);
    all.set(shape.name, new Map());
  };
  for (const shape of STANDARD_OBJECTS) define(shape);

  const shapeOf = (object: string): ObjectShape => {
    const shape = objects.get(object);
    if (shape === undefined) throw new Error(`the org has no object ${object}`);
    return shape;
  };

  const nextId = ({ prefix }: ObjectShape): string => {
    made += 1;
    return recordId(prefix, made);
  };

  type Change = { readonly object: string; readonly record: OrgRecord };

  const history = (
    { history: kept }: ObjectShape,
    id: string,
    field: string,
    from: Value,
    to: Value,
    at: string,
  ): Change[] => {
    if (kept === undefined) return [];
    const record = {
      Id: nextId(shapeOf(kept.object)),
      IsDeleted: false,
      CreatedDate: at,
      [kept.parent]: id,
      Field: field,
      OldValue: from,
      NewValue: to,
    };
    return [{ object: kept.object, record }];
  };

  /** Every field of the shape, with the times of now where they are not given (as with "Set Audit Fields upon Record Creation"). */
  const created = (object: string, fields: Fields): Change[] => {
    const shape = shapeOf(object);
    const at = instantText(now());
    const record: OrgRecord = {};
    for (const [name, { type }] of Object.entries(shape.fields)) record[name] = type === 'boolean' ? false : null;
    for (const name of ['CreatedDate', 'LastModifiedDate', 'SystemModstamp'])
      if (name in shape.fields) record[name] = at;
    Object.assign(record, fields);
    record.Id = fields.Id ?? nextId(shape);
    return [
      { object, record },
      ...history(shape, String(record.Id), 'created', null, null, String(record.CreatedDate ?? at)),
    ];
  };

  const changed = (object: string, before: OrgRecord, fields: Fields): Change[] => {
    const shape = shapeOf(object);
    const at = instantText(now());
    const record: OrgRecord = { ...before, LastModifiedDate: at, SystemModstamp: at, ...fields };
    const tracked = shape.history?.fields.filter((name) => name in fields && fields[name] !== before[name]) ?? [];
    return [
      { object, record },
      ...tracked.flatMap((name) =>
        history(shape, String(before.Id), name, before[name] ?? null, fields[name] ?? null, at),
      ),
    ];
  };

  const apply = (changes: readonly Change[]): void => {
    for (const { object, record } of changes) all.get(object)?.set(String(record.Id), record);
  };

  const known = (object: string, id: string): OrgRecord => {
    const record = all.get(object)?.get(id);
    if (record === undefined) throw new Error(`there is no ${object} ${id}`);
    return record;
  };

  return {
    objects,
    define,
    now,
    insert: (object, fields) => {
      const changes = created(object, fields);
      apply(changes);
      return String(changes[0]?.record.Id);
    },
    update: (object, id, fields) => apply(changed(object, known(object, id), fields)),
    load: (object, fields) => apply(created(object, fields).slice(0, 1)),
    remove: (object, id) => apply(changed(object, known(object, id), { IsDeleted: true })),
    begin: () => {
      const transaction = { began: now() };
      const changes: Change[] = [];
      open.add(transaction);
      return {
        insert: (object, fields) => {
          const made = created(object, fields);
          changes.push(...made);
          return String(made[0]?.record.Id);
        },
        update: (object, id, fields) => void changes.push(...changed(object, known(object, id), fields)),
        commit: () => {
          apply(changes);
          open.delete(transaction);
        },
      };
    },
    records: (object) => all.get(shapeOf(object).name)!,
    oldestOpen: () => [...open].map(({ began }) => began).sort((a, b) => a - b)[0],
    hide: (object, field) => void hidden.add(field === undefined ? object : `${object}.${field}`),
    mayWrite: () => writes,
    allowWriting: () => {
      writes = true;
    },
    isHidden: (object, field) => hidden.has(object) || (field !== undefined && hidden.has(`${object}.${field}`)),
  };
};
