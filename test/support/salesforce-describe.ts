/** What an org tells of its objects: without those, and without those fields, that the user may not see. */
import type { Org } from './salesforce-org.ts';

export const describeGlobal = (org: Org): object => ({
  encoding: 'UTF-8',
  maxBatchSize: 200,
  sobjects: [...org.objects.values()]
    .filter(({ name }) => !org.isHidden(name))
    .map(({ name, prefix }) => ({
      name,
      label: name,
      keyPrefix: prefix,
      queryable: name !== 'Name',
      custom: name.endsWith('__c'),
    })),
});

/** The name is taken in any case. */
export const describeObject = (org: Org, wanted: string): object | undefined => {
  const shape = [...org.objects.values()].find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  if (shape === undefined || org.isHidden(shape.name)) return undefined;
  const isHistory = 'NewValue' in shape.fields;
  return {
    name: shape.name,
    keyPrefix: shape.prefix,
    queryable: shape.name !== 'Name',
    replicateable: shape.isReplicated !== false,
    createable: !isHistory && org.mayWrite(),
    updateable: !isHistory && org.mayWrite(),
    deletable: !isHistory && org.mayWrite(),
    fields: Object.entries(shape.fields)
      .filter(([name]) => !org.isHidden(shape.name, name))
      .map(([name, { type, nillable = true, relationshipName, referenceTo }]) => ({
        name,
        type,
        nillable,
        relationshipName: relationshipName ?? null,
        referenceTo: referenceTo ?? [],
        filterable: type !== 'anyType' && type !== 'textarea' && type !== 'address',
      })),
  };
};
