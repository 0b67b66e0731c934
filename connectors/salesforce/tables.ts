import type { TableFacts } from '../connector.ts';
import type { Catalogue } from './catalogue.ts';

/** Standard objects that people and what they bought are in. */
const STANDARD = [
  'Lead',
  'Opportunity',
  'Contact',
  'Account',
  'Order',
  'Contract',
  'Case',
  'Campaign',
  'CampaignMember',
  'Asset',
  'Quote',
];
/** Each object is an API call, and an org may have thousands. */
const MOST_OBJECTS = 30;

/** The objects that `init` looks at: the standard ones, then the org's own. */
export async function tables(catalogue: Catalogue): Promise<TableFacts[]> {
  const listed = (await catalogue.list()).filter(({ queryable }) => queryable);
  const standard = STANDARD.filter((name) => listed.some((each) => each.name === name));
  const custom = listed.filter((each) => each.custom && each.name.endsWith('__c')).map(({ name }) => name);
  const found: TableFacts[] = [];
  for (const wanted of [...standard, ...custom].slice(0, MOST_OBJECTS)) {
    const { name, columns } = await catalogue.object(wanted);
    found.push({
      name,
      columns,
      primaryKey: ['Id'],
      indexes: [
        { columns: ['Id'], isUnique: true, isWhole: true },
        { columns: ['SystemModstamp', 'Id'], isUnique: false, isWhole: true },
      ],
    });
  }
  return found;
}
