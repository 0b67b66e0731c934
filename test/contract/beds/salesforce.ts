import { recordId } from '../../support/salesforce-ids.ts';
import type { Fields } from '../../support/salesforce-org.ts';
import { type SalesforceServer, startSalesforce } from '../../support/salesforce-server.ts';
import { CLIENT_ID, CLIENT_SECRET } from '../../support/salesforce-tokens.ts';
import type { CoreBed, CoreRow } from '../core-beds.ts';

const TABLE = 'Core_Row__c';
const PREFIX = 'a01';

/** The real client against the stand-in. Ids are made of the numbers and sort as they do; a cursor may be empty, as only custom fields may. */
export const salesforceCoreBed = (): CoreBed => {
  let server: SalesforceServer;
  const fieldsOf = ({ id, at, note }: CoreRow): Fields => ({
    Id: recordId(PREFIX, id),
    At__c: at === null ? null : at.replace('Z', '.000Z'),
    Note__c: note,
  });
  return {
    connector: 'salesforce',
    setUp: async () => {
      server = await startSalesforce();
    },
    tearDown: () => server.close(),
    options: () => ({ login_url: server.url, client_id: CLIENT_ID, client_secret: CLIENT_SECRET }),
    badLogin: () => ({ login_url: server.url, client_id: CLIENT_ID, client_secret: 'WR0NGSECRET' }),
    fill: async (rows) => {
      server.org.define({
        name: TABLE,
        prefix: PREFIX,
        fields: {
          Id: { type: 'id', nillable: false },
          IsDeleted: { type: 'boolean', nillable: false },
          SystemModstamp: { type: 'datetime', nillable: false },
          At__c: { type: 'datetime' },
          Note__c: { type: 'textarea' },
        },
      });
      for (const row of rows) server.org.insert(TABLE, fieldsOf(row));
      return { table: TABLE, primaryKey: ['Id'], cursor: 'At__c', onNull: 'error' };
    },
    put: async (rows) => {
      for (const row of rows) server.org.insert(TABLE, fieldsOf(row));
    },
    columns: { id: 'Id', at: 'At__c', note: 'Note__c' },
    digits: 0,
    can: { nullCursor: true, repeatedKeys: false },
  };
};
