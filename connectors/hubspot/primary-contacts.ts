/** The contact that stands for another object: columns `contact_email`, `contact_phone`, ... of deals, companies and the rest. */
import type { Ask } from './ask.ts';
import { batchRead, type ReadObject } from './batch-read.ts';
import { compareIds } from './compare-ids.ts';

export const CONTACT = 'contact_';

/** What an association gives of one object. */
type Associated = {
  readonly from?: { readonly id?: string | number };
  readonly to?: readonly {
    readonly toObjectId?: string | number;
    readonly associationTypes?: readonly { readonly label?: string | null }[];
  }[];
};

/** Object id → its contact. An object without one, or whose contact was archived, is not among them. */
export async function primaryContacts(
  ask: Ask,
  objectType: string,
  ids: readonly string[],
  properties: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, ReadObject>> {
  const path = `/crm/v4/associations/${encodeURIComponent(objectType)}/contacts/batch/read`;
  const body = { inputs: ids.map((id) => ({ id })) };
  const { body: answer } = await ask({ method: 'POST', path, body }, 'look up the contacts of a page', signal);
  const contactOf = new Map<string, string>();
  for (const { from, to } of (answer.results ?? []) as readonly Associated[]) {
    const contact = choose(to ?? []);
    if (from?.id !== undefined && contact !== undefined) contactOf.set(String(from.id), contact);
  }
  const wanted = [...new Set(contactOf.values())];
  if (wanted.length === 0) return new Map();
  const contacts = await batchRead(
    ask,
    { objectType: 'contacts', properties },
    wanted,
    'read the contacts of a page',
    signal,
  );
  const found = new Map<string, ReadObject>();
  for (const [id, contact] of contactOf) {
    const object = contacts.get(contact);
    if (object !== undefined) found.set(id, object);
  }
  return found;
}

/** The one that is labelled Primary; else the one that came into HubSpot first, which has the lowest id. */
function choose(to: NonNullable<Associated['to']>): string | undefined {
  const isPrimary = ({ associationTypes = [] }: (typeof to)[number]): boolean =>
    associationTypes.some(({ label }) => label?.toLowerCase() === 'primary');
  const labelled = to.filter(isPrimary);
  return (labelled.length > 0 ? labelled : to)
    .flatMap(({ toObjectId }) => (toObjectId === undefined ? [] : [String(toObjectId)]))
    .sort(compareIds)[0];
}
