/** What objects and fields there are for this user: Salesforce leaves out what permissions and field-level security hide. Each object is asked for once. */
import { type Column, SourceError } from '../connector.ts';
import { didYouMean } from '../sql/suggest.ts';
import { kindOf } from './column-kinds.ts';
import type { Session } from './session.ts';

/** The parts of a describe that are used. */
type DescribedField = {
  readonly name: string;
  readonly type: string;
  readonly nillable: boolean;
  readonly relationshipName?: string | null;
  readonly referenceTo?: readonly string[];
};
type DescribedObject = {
  readonly name: string;
  readonly fields: readonly DescribedField[];
  readonly queryable: boolean;
  readonly replicateable: boolean;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly deletable: boolean;
};
type ListedObject = { readonly name: string; readonly queryable: boolean; readonly custom: boolean };

/** One object, with its fields as columns. */
export type SObject = {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Its changes can be asked for (`updated`), and with them up to when they are complete. */
  readonly isReplicated: boolean;
  /** What the user may do beside reading. */
  readonly writes: readonly string[];
};

export type Catalogue = {
  /** @throws SourceError `unknown-table` */
  readonly object: (name: string) => Promise<SObject>;
  /** A field of the object, or of a record that it points to: `Owner.Email`. Undefined: there is none. The name is Salesforce's own spelling. */
  readonly field: (object: string, path: string) => Promise<Column | undefined>;
  readonly list: () => Promise<readonly ListedObject[]>;
};

/** What SOQL knows of a parent that may be of several kinds (an Owner is a User or a Group). */
const POLYMORPHIC = 'Name';
/** SOQL goes no further up. */
const MOST_PARENTS = 5;

export function openCatalogue(session: Session): Catalogue {
  const described = new Map<string, Promise<DescribedObject>>();

  const list = async (): Promise<readonly ListedObject[]> => {
    const { text } = await session.send({ path: '/sobjects' }, 'list the objects');
    return (JSON.parse(text) as { sobjects: ListedObject[] }).sobjects;
  };

  const look = (name: string): Promise<DescribedObject> => {
    const key = name.toLowerCase();
    const known = described.get(key);
    if (known !== undefined) return known;
    const asked = ask(name);
    described.set(key, asked);
    // What could not be had now may be had later.
    asked.catch(() => described.delete(key));
    return asked;
  };

  const ask = async (name: string): Promise<DescribedObject> => {
    if (!/^\w+$/.test(name)) throw await unknown(name);
    try {
      const { text } = await session.send({ path: `/sobjects/${name}/describe` }, `look up ${name}`);
      return JSON.parse(text) as DescribedObject;
    } catch (error) {
      throw error instanceof SourceError && error.code === 'unknown-table' ? await unknown(name) : error;
    }
  };

  const unknown = async (name: string): Promise<SourceError> => {
    const names = (await list()).map((each) => each.name);
    return new SourceError('unknown-table', `there is no object "${name}" that this user can see`, {
      hint: didYouMean(name, names) ?? 'custom objects end in __c; the user needs the object permission Read',
    });
  };

  return {
    list,
    object: async (name) => {
      const found = await look(name);
      const { createable, updateable, deletable } = found;
      const rights = { create: createable, edit: updateable, delete: deletable };
      return {
        name: found.name,
        columns: found.fields.flatMap((field) => columnOf(field) ?? []),
        isReplicated: found.replicateable,
        writes: Object.entries(rights).flatMap(([right, isGiven]) => (isGiven ? [right] : [])),
      };
    },
    field: async (object, path) => {
      const parts = path.split('.');
      const last = parts.pop() ?? '';
      if (parts.length > MOST_PARENTS) return undefined;
      let at = await look(object);
      const spelt: string[] = [];
      for (const part of parts) {
        const link = at.fields.find((field) => field.relationshipName?.toLowerCase() === part.toLowerCase());
        const [target, ...others] = link?.referenceTo ?? [];
        if (link?.relationshipName == null || target === undefined) return undefined;
        spelt.push(link.relationshipName);
        at = await look(others.length > 0 ? POLYMORPHIC : target);
      }
      const found = at.fields.find((field) => field.name.toLowerCase() === last.toLowerCase());
      const column = found && columnOf(found);
      if (column === undefined) return undefined;
      return { ...column, name: [...spelt, column.name].join('.'), nullable: column.nullable || spelt.length > 0 };
    },
  };
}

/** Undefined: a field that is made of others, or holds a file. */
function columnOf({ name, type, nillable }: DescribedField): Column | undefined {
  const kind = kindOf(type);
  return kind === undefined ? undefined : { name, kind, type, nullable: nillable };
}
