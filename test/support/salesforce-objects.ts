/** Objects of an org with the fields of the Object Reference that the tests use, and a type for each as a describe tells it. */

export type FieldType =
  | 'id'
  | 'reference'
  | 'string'
  | 'email'
  | 'phone'
  | 'picklist'
  | 'textarea'
  | 'boolean'
  | 'int'
  | 'double'
  | 'currency'
  | 'date'
  | 'datetime'
  | 'anyType'
  | 'address'
  | 'base64';

export type FieldShape = {
  readonly type: FieldType;
  readonly nillable?: boolean;
  /** Of a reference: what SOQL calls the way to the parent, and what the parent may be. */
  readonly relationshipName?: string;
  readonly referenceTo?: readonly string[];
};

export type ObjectShape = {
  readonly name: string;
  /** The first three of its Ids. */
  readonly prefix: string;
  readonly fields: Readonly<Record<string, FieldShape>>;
  /** Fields whose changes are kept, and the object that keeps them. */
  readonly history?: { readonly object: string; readonly parent: string; readonly fields: readonly string[] };
  readonly isReplicated?: boolean;
  /** It has a row for each record that it can stand for. */
  readonly standsFor?: readonly string[];
};

const id: FieldShape = { type: 'id', nillable: false };
const time: FieldShape = { type: 'datetime', nillable: false };
const flag: FieldShape = { type: 'boolean', nillable: false };
const text: FieldShape = { type: 'string' };
const link = (relationshipName: string, ...referenceTo: string[]): FieldShape => ({
  type: 'reference',
  relationshipName,
  referenceTo,
});

const system = {
  Id: id,
  IsDeleted: flag,
  CreatedDate: time,
  LastModifiedDate: time,
  SystemModstamp: time,
} as const;

const person = {
  FirstName: text,
  LastName: { type: 'string', nillable: false },
  Email: { type: 'email' },
  Phone: { type: 'phone' },
  MobilePhone: { type: 'phone' },
  HasOptedOutOfEmail: flag,
} as const;

/** History objects know when a row was made, and no change of it. */
const historyOf = (name: string, prefix: string, parent: string, of: string): ObjectShape => ({
  name,
  prefix,
  fields: {
    Id: id,
    IsDeleted: flag,
    [parent]: { ...link(parent.replace(/Id$/, ''), of), nillable: false },
    CreatedDate: time,
    Field: { type: 'picklist', nillable: false },
    DataType: { type: 'picklist' },
    OldValue: { type: 'anyType' },
    NewValue: { type: 'anyType' },
  },
});

export const STANDARD_OBJECTS: readonly ObjectShape[] = [
  {
    name: 'Lead',
    prefix: '00Q',
    fields: {
      ...system,
      ...person,
      Company: text,
      Address: { type: 'address' },
      City: text,
      State: text,
      PostalCode: text,
      Country: text,
      LeadSource: { type: 'picklist' },
      Status: { type: 'picklist', nillable: false },
      OwnerId: { ...link('Owner', 'Group', 'User'), nillable: false },
      AnnualRevenue: { type: 'currency' },
      NumberOfEmployees: { type: 'int' },
      Meta_Lead_ID__c: text,
    },
    history: { object: 'LeadHistory', parent: 'LeadId', fields: ['Status'] },
  },
  historyOf('LeadHistory', '017', 'LeadId', 'Lead'),
  {
    name: 'Opportunity',
    prefix: '006',
    fields: {
      ...system,
      Name: { type: 'string', nillable: false },
      AccountId: link('Account', 'Account'),
      ContactId: link('Contact', 'Contact'),
      StageName: { type: 'picklist', nillable: false },
      Amount: { type: 'currency' },
      CloseDate: { type: 'date', nillable: false },
      LastStageChangeDate: { type: 'datetime' },
      IsClosed: flag,
      IsWon: flag,
      OwnerId: { ...link('Owner', 'User'), nillable: false },
    },
    history: { object: 'OpportunityFieldHistory', parent: 'OpportunityId', fields: ['StageName'] },
  },
  historyOf('OpportunityFieldHistory', '017', 'OpportunityId', 'Opportunity'),
  {
    name: 'Contact',
    prefix: '003',
    fields: {
      ...system,
      ...person,
      AccountId: link('Account', 'Account'),
      MailingCity: text,
      MailingState: text,
      MailingPostalCode: text,
      MailingCountry: text,
    },
  },
  {
    name: 'Account',
    prefix: '001',
    fields: { ...system, Name: { type: 'string', nillable: false }, OwnerId: link('Owner', 'User') },
  },
  {
    name: 'User',
    prefix: '005',
    fields: { ...system, Username: { type: 'string', nillable: false }, Name: text, Email: { type: 'email' } },
  },
  { name: 'Group', prefix: '00G', fields: { ...system, Name: text, Email: { type: 'email' } } },
  {
    name: 'Name',
    prefix: '',
    fields: { Name: text, Email: { type: 'email' }, Type: { type: 'picklist' } },
    standsFor: ['User', 'Group'],
    isReplicated: false,
  },
];
