/**
 * How normal forms come to look in a CRM. Each maker gets the truth first and writes it down in a messy way afterwards, so that what has to
 * come out is known without asking any normaliser. A value is {raw, truth, form}: truth lists every form that the written rule allows (one,
 * where the rule is clear; more, where it is silent or contradicts itself; none for junk), form names the difficulty.
 */

const digitsOf = (text) => text.replaceAll(/\D/g, '');
const upper = (text) => text.toUpperCase();
const typed = (raw, truth, form) => ({ raw, truth: [truth].flat(), form });
export const junk = (random, of) => ({ raw: random.pick(of), truth: [], form: 'junk' });

/** The normal form of a name that this file made up: it holds letters, spaces and the four signs below, nothing else. */
const withoutSigns = (name) => name.toLowerCase().replaceAll(/[’'.-]/g, '');
const closed = (name) => withoutSigns(name).replaceAll(' ', '');

/** fn, ln: the rule is silent about inner spaces, so both forms count. Accents and other scripts stay: Meta's examples keep them. */
export const writeName = (random, name) => {
  const truth = [...new Set([closed(name), withoutSigns(name)])];
  const roll = random.next();
  const straight = name.replaceAll('’', "'");
  // Upper case loses what cannot be got back: ß, ı.
  const canShout = upper(straight).toLowerCase() === straight.toLowerCase();
  if (name.includes('’') && roll < 0.5) return typed(name, truth, 'typographic apostrophe');
  if (straight.normalize('NFD') !== straight && roll > 0.96)
    return typed(straight.normalize('NFD'), truth, 'decomposed accents');
  const sign = /[’.-]/.test(name) ? 'apostrophe, hyphen or dot' : / /.test(name) ? 'inner space' : 'plain';
  if (roll > 0.9) return typed(`${random.pick(['  ', '\t', '\u00a0'])}${straight} `, truth, sign);
  if (roll > 0.75 && canShout) return typed(upper(straight), truth, sign);
  return typed(roll > 0.65 ? straight.toLowerCase() : straight, truth, sign);
};

const onlyAscii = (text) => text.replaceAll(/[^a-z0-9]/g, '');

/** ct: no spaces, no punctuation; of special characters the page says both that they go and that they are UTF-8, so both count. */
export const writeCity = (random, city) => {
  const written = writeName(random, city);
  const truth = [...new Set([closed(city), onlyAscii(closed(city))])].filter((form) => form !== '');
  const hasSpecial = truth.length > 1 || onlyAscii(closed(city)) === '';
  const form = written.form === 'plain' && hasSpecial ? 'accents or another script' : written.form;
  return { ...written, truth, form };
};

/** st: in the USA the code; elsewhere what is written, in lower case, without spaces and signs. */
export const writeState = (random, home, code) => {
  const name = home.states[code];
  const isUs = home.code === 'us';
  const roll = random.next();
  const isCode = roll < 0.5;
  const text = isCode ? code : name;
  const lower = isUs ? code.toLowerCase() : closed(text);
  const truth = isUs || isCode ? [lower] : [...new Set([lower, onlyAscii(lower)])];
  const form = isCode ? 'code' : isUs ? 'name in the USA' : 'name elsewhere';
  if (isCode && roll < 0.04) return typed(`${home.code.toUpperCase()}-${code}`, truth, 'ISO 3166-2 code');
  const styled = random.chance(0.2) ? text.toLowerCase() : random.chance(0.15) ? upper(text) : text;
  return typed(random.chance(0.08) ? ` ${styled} ` : styled, truth, form);
};

/** em: trimmed, lower case; dots and plus tags stay. */
export const writeEmail = (random, email) => {
  const roll = random.next();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: beyond ASCII is what is asked
  const form = /[^\x00-\x7f]/.test(email) ? 'letters beyond ASCII' : 'plain';
  if (roll < 0.08) return typed(upper(email), email, form === 'plain' ? 'capitals' : form);
  if (roll < 0.25)
    return typed(
      email.replace(/^./, upper).replace(/(?<=\.)[a-z](?=.*@)/g, upper),
      email,
      form === 'plain' ? 'capitals' : form,
    );
  if (roll < 0.33)
    return typed(
      `${random.pick([' ', '\t', ''])}${email}${random.pick([' ', '\n', '\u00a0'])}`,
      email,
      form === 'plain' ? 'blanks around' : form,
    );
  return typed(email, email, form);
};

const GLUES = [' ', ' ', '-', '.', ''];
const ODD_GLUES = ['\u2011', '\u00a0', '/', '\u2013', '\u202f'];

/** ph: `groups` is the number without the prefix dialled at home; the truth is calling code and digits, as in E.164. */
export const writePhone = (random, home, groups) => ({
  ...writeNumber(random, home, groups),
  parts: { calling: home.calling, trunk: home.trunk, national: digitsOf(groups) },
});

const writeNumber = (random, home, groups) => {
  const truth = home.calling + digitsOf(groups);
  const glue = random.pick(GLUES);
  const local = groups.replaceAll(' ', glue);
  const atHome = home.trunk + local;
  const roll = random.next();
  if (roll < 0.3) return typed(`+${home.calling}${glue || ' '}${local}`, truth, 'international, +');
  if (roll < 0.37) return typed(`00${home.calling} ${groups}`, truth, 'international, 00');
  if (roll < 0.7)
    return typed(
      home.calling === '1' && roll < 0.5 ? bracketed(groups, random.pick(['-', ' ', '.'])) : atHome,
      truth,
      'as dialled at home',
    );
  if (roll < 0.74)
    return typed(
      `+${home.calling} ${groups}${random.pick([' ext. 12', ' x204', ' ext 7', ';ext=31'])}`,
      truth,
      'with an extension',
    );
  if (roll < 0.79) return typed(home.calling + digitsOf(groups), truth, 'calling code without +');
  if (roll < 0.84)
    return typed(
      `${random.pick(['+', '00', '+'])}${home.calling} ${groups.replaceAll(' ', random.pick(ODD_GLUES))}`,
      truth,
      'unusual separators',
    );
  if (home.trunk === '0' && roll < 0.92)
    return typed(`+${home.calling} (0)${groups}`, truth, 'home zero in brackets, (0)');
  if (home.trunk === '0' && roll < 0.96) return typed(digitsOf(groups), truth, 'home zero lost in a number column');
  return typed(`+${home.calling} (${groups.replace(' ', ') ')}`, truth, 'international, +');
};

const bracketed = (groups, glue) => {
  const [area, ...rest] = groups.split(' ');
  return `(${area}) ${rest.join(glue)}`;
};

/** zp: lower case, no spaces, no dash; in the USA the first five. A sign of the country in front (D-10115) may stay or go. */
export const writePostcode = (random, home, postcode) => {
  const prefix = /^[A-Z]{1,2}-(?=\d)/.exec(postcode)?.[0] ?? '';
  const bare = postcode.slice(prefix.length).toLowerCase().replaceAll(/[ -]/g, '');
  if (home.code === 'us') return writeZip(random, postcode, bare.slice(0, 5));
  if (prefix !== '') return typed(postcode, [bare, closed(postcode)], 'sign of the country in front');
  const form = postcode.includes('-') ? 'dash' : postcode.includes(' ') ? 'space' : 'plain';
  const roll = random.next();
  if (roll < 0.1) return typed(postcode.toLowerCase(), bare, form);
  if (roll < 0.2 && form === 'space') return typed(postcode.replaceAll(' ', ''), bare, 'plain');
  return typed(roll > 0.95 ? ` ${postcode} ` : postcode, bare, form);
};

const writeZip = (random, postcode, five) => {
  if (postcode.includes('-')) {
    if (random.chance(0.2)) return typed(digitsOf(postcode), five, 'ZIP+4 without dash');
    return typed(postcode, five, 'ZIP+4');
  }
  if (five.startsWith('0') && random.chance(0.3))
    return typed(String(Number(five)), five, 'zero lost in a number column');
  return typed(postcode, five, 'plain');
};

/** country: alpha-2 in lower case. */
export const writeCountry = (random, home) => {
  const roll = random.next();
  if (roll < 0.4) return typed(upper(home.code), home.code, 'alpha-2');
  if (roll < 0.47) return typed(` ${home.code} `, home.code, 'alpha-2');
  if (roll < 0.6) return typed(random.chance(0.2) ? home.alpha3.toLowerCase() : home.alpha3, home.code, 'alpha-3');
  if (roll < 0.85)
    return typed(random.chance(0.15) ? upper(home.names.english) : home.names.english, home.code, 'name in English');
  return typed(random.pick(home.names.others), home.code, 'other name or language');
};

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const two = (number) => String(number).padStart(2, '0');

/** db: YYYYMMDD. `declared` is the format that a mapping could name for this value. */
export const writeBirthday = (random, home, { year, month, day }) => {
  const truth = `${year}${two(month)}${two(day)}`;
  const iso = `${year}-${two(month)}-${two(day)}`;
  const roll = random.next();
  if (roll < 0.3) return typed(iso, truth, 'ISO');
  if (roll < 0.42)
    return typed(`${iso}${random.pick(['T00:00:00Z', ' 00:00:00', 'T00:00:00.000Z'])}`, truth, 'ISO with a time');
  if (roll < 0.5) return typed(truth, truth, 'YYYYMMDD');
  if (roll < 0.54) {
    const name = MONTHS[month - 1];
    return typed(
      random.pick([`${day} ${name} ${year}`, `${name} ${day}, ${year}`, `${day} ${name.slice(0, 3)} ${year}`]),
      truth,
      'month as a word',
    );
  }
  const glue =
    home.order === 'mdy' ? '/' : home.order === 'ymd' ? random.pick(['/', '.']) : random.pick(['.', '/', '-']);
  if (home.order === 'ymd') return typed([year, two(month), two(day)].join(glue), truth, 'year first');
  const parts = home.order === 'mdy' ? [month, day] : [day, month];
  if (roll < 0.57)
    return typed([...parts.map(two), String(year % 100).padStart(2, '0')].join(glue), truth, 'two-digit year');
  const declared = `${home.order === 'mdy' ? `MM${glue}DD` : `DD${glue}MM`}${glue}YYYY`;
  const text = [...parts.map(two), year].join(glue);
  const isClear = day > 12 || day === month;
  const order = home.order === 'mdy' ? 'month first' : 'day first';
  return { ...typed(text, truth, `${order}, ${isClear ? 'one reading' : 'two readings'}`), declared };
};

/** ge: f or m. */
export const writeGender = (random, home, gender) => {
  const word = random.pick(gender === 'f' ? home.female : home.male);
  const isEnglish = /^(?:female|male|f|m)$/i.test(word);
  const text = random.chance(0.1) ? ` ${word}` : word;
  return typed(text, gender, isEnglish ? 'English word or letter' : 'word or letter of another language');
};
