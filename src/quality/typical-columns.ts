/** What columns of contact data are called in shops and CRMs, by the key they feed. To propose a mapping, never to make one by itself. */
import type { UserDataKey } from '../meta/parameters.ts';

/** Lower case, without separators and without a prefix that says whose it is. */
const NAMES: Readonly<Partial<Record<UserDataKey, readonly string[]>>> = {
  em: ['email', 'mail', 'emailaddress', 'mailaddress', 'primaryemail', 'emailaddr'],
  fbc: ['fbc', 'fbclid'],
  lead_id: ['leadid', 'leadgenid', 'metaleadid', 'facebookleadid', 'fbleadid'],
  ph: [
    'phone',
    'phonenumber',
    'mobile',
    'mobilephone',
    'mobilenumber',
    'cell',
    'cellphone',
    'telephone',
    'tel',
    'phoneno',
  ],
  external_id: [
    'customerid',
    'customerno',
    'customernumber',
    'userid',
    'clientid',
    'contactid',
    'memberid',
    'accountno',
    'accountid',
    'personid',
  ],
  fbp: ['fbp'],
  fb_login_id: ['fbloginid', 'facebookid', 'facebookuserid'],
  db: ['birthday', 'birthdate', 'dateofbirth', 'dob', 'birth'],
  country: ['country', 'countrycode', 'countryiso', 'countryname'],
  fn: ['firstname', 'givenname', 'forename', 'fname'],
  ln: ['lastname', 'surname', 'familyname', 'lname'],
  ct: ['city', 'town'],
  st: ['state', 'statecode', 'province', 'region', 'regioncode'],
  zp: ['zip', 'zipcode', 'postcode', 'postalcode', 'plz'],
  ge: ['gender', 'sex'],
  client_ip_address: [
    'ip',
    'ipaddress',
    'clientip',
    'clientipaddress',
    'userip',
    'remoteip',
    'remoteaddr',
    'browserip',
  ],
  client_user_agent: ['useragent', 'clientuseragent', 'browseruseragent', 'httpuseragent'],
  madid: ['madid', 'idfa', 'gaid', 'aaid', 'advertisingid', 'advertiserid'],
};

const PREFIX =
  /^(?:customer|cust|user|client|contact|buyer|person|member|billing|bill|shipping|address|addr|lead)(?=[a-z])/;

const KEY_OF: ReadonlyMap<string, UserDataKey> = new Map(
  Object.entries(NAMES).flatMap(([key, names]) => names.map((name) => [name, key as UserDataKey] as const)),
);

/** The key that a column of this name typically feeds: `Customer E-Mail` and `billing_email` are `em`. Undefined for any other name. */
export const typicalKey = (column: string): UserDataKey | undefined => {
  const plain = column.toLowerCase().replace(/[^a-z0-9]/g, '');
  return KEY_OF.get(plain) ?? KEY_OF.get(plain.replace(PREFIX, ''));
};
