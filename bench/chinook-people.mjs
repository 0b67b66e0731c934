/**
 * The 59 customers of the Chinook sample database with their truths, written by hand from Meta's rule. Phones are as in E.164: the home zero
 * that the data keeps after the calling code is gone. Two numbers are wrong in the data itself (9, 58); their digits stand as they are.
 */
import { readFileSync } from 'node:fs';

// biome-ignore format: a table
const PHONES = {
  1: '551239235555', 2: '497112842222', 3: '15147214711', 4: '4722442222', 5: '420241725555', 6: '420241770449', 7: '4315134505',
  8: '3222190303', 9: '45333319991', 10: '551130335446', 11: '551130553278', 12: '552122717000', 13: '556133635547', 14: '17804344554',
  15: '16046882255', 16: '16502530000', 17: '14258828080', 18: '12122213546', 19: '14089961010', 20: '16506443358', 21: '17752237665',
  22: '14079997788', 23: '16175221333', 24: '13123323232', 25: '16082570597', 26: '18179247272', 27: '15206224200', 28: '18015317272',
  29: '14163638888', 30: '16132343322', 31: '19024500450', 32: '12044526452', 33: '18679202233', 34: '351213466111', 35: '351225022448',
  36: '493026550280', 37: '496940598889', 38: '49302141444', 39: '33149706565', 40: '33147427171', 41: '33478303030', 42: '33556969696',
  43: '33380736699', 44: '35898702000', 46: '35316792424', 47: '390639733434', 48: '31206223130', 49: '48228283739', 50: '34914454454',
  51: '4686515252', 52: '442077070707', 53: '442079765722', 54: '441313153300', 55: '61293323633', 56: '541143114333', 57: '5626354444',
  58: '9112439883988', 59: '918022289999',
};

// biome-ignore format: a table
const COUNTRIES = {
  Brazil: 'br', Germany: 'de', Canada: 'ca', Norway: 'no', 'Czech Republic': 'cz', Austria: 'at', Belgium: 'be', Denmark: 'dk', USA: 'us',
  Portugal: 'pt', France: 'fr', Finland: 'fi', Hungary: 'hu', Ireland: 'ie', Italy: 'it', Netherlands: 'nl', Poland: 'pl', Spain: 'es',
  Sweden: 'se', 'United Kingdom': 'gb', Australia: 'au', Argentina: 'ar', Chile: 'cl', India: 'in',
};

const TRUNKS = {
  br: '0',
  de: '0',
  at: '0',
  be: '0',
  fr: '0',
  fi: '0',
  ie: '0',
  nl: '0',
  se: '0',
  gb: '0',
  au: '0',
  ar: '0',
  cl: '0',
  in: '0',
};
const CALLING = { us: '1', ca: '1', pt: '351', fi: '358', ie: '353', cz: '420' };

const bare = (text, spaces) => text.trim().toLowerCase().replaceAll(/['.-]/g, '').replaceAll(' ', spaces);
const unique = (...forms) => [...new Set(forms)];

const postcodesOf = ({ PostalCode: text, Country: country }) => {
  const plain = text.toLowerCase().replaceAll(/[ -]/g, '');
  if (country === 'USA') return [text === '2113' ? '02113' : plain.slice(0, 5)];
  return text === 'H-1073' ? ['1073', 'h1073'] : [plain];
};

const phoneOf = ({ CustomerId: id, Country: country, Phone: raw }) => {
  const code = COUNTRIES[country];
  const truth = PHONES[id];
  const calling = CALLING[code] ?? truth.slice(0, 2);
  const parts = { calling, trunk: TRUNKS[code] ?? '', national: truth.slice(calling.length) };
  return { raw, truth: [truth], form: 'as in Chinook', parts };
};

const valuesOf = (customer) => {
  const { FirstName, LastName, City, State, Country, PostalCode, Phone, Email } = customer;
  const form = 'as in Chinook';
  const city = bare(City, '');
  const values = {
    em: { raw: Email, truth: [Email.toLowerCase()], form },
    ph: Phone && phoneOf(customer),
    fn: { raw: FirstName, truth: unique(bare(FirstName, ''), bare(FirstName, ' ')), form },
    ln: { raw: LastName, truth: unique(bare(LastName, ''), bare(LastName, ' ')), form },
    ct: { raw: City, truth: unique(city, city.replaceAll(/[^a-z]/g, '')), form },
    st: State && { raw: State, truth: [State.toLowerCase()], form },
    zp: PostalCode && { raw: PostalCode, truth: postcodesOf(customer), form },
    country: { raw: Country, truth: [COUNTRIES[Country]], form },
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value));
};

const FILE = new URL('../test/fixtures/chinook/customers.json', import.meta.url);

export const chinookPeople = () =>
  JSON.parse(readFileSync(FILE, 'utf8')).map((customer) => ({
    home: COUNTRIES[customer.Country],
    values: valuesOf(customer),
  }));
