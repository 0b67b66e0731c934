/**
 * Why a hash is not the right one. A hash tells nothing, so every known mistake is made here on purpose and its hash compared: what is
 * explained is proven, and what is not is counted as unexplained. A mistake gives the wrong normal forms it would lead to.
 */
import { sha256 } from './match-sides.mjs';

const lower = (raw) => raw.trim().toLowerCase();
const digits = (raw) => raw.replaceAll(/\D/g, '');
/** What the Business SDK takes out of a phone number. */
const sdkPhone = (raw) => lower(raw).replaceAll(/[-@#<>'",; ()+a-z]/g, '');
const ASCII_SIGNS = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~\s]+/g;

const phone = [
  [
    'hashed without the calling code',
    ({ parts }) =>
      parts
        ? [
            parts.national,
            parts.trunk + parts.national,
            parts.trunk.slice(1) + parts.national,
            parts.national.replace(/^0+/, ''),
          ]
        : [],
  ],
  ['home zero kept after the calling code', ({ parts }) => (parts ? [`${parts.calling}0${parts.national}`] : [])],
  [
    'calling code put in front of a calling code',
    ({ parts }) => (parts ? [parts.calling + parts.calling + parts.national] : []),
  ],
  [
    'separators hashed along',
    ({ raw }) => (/\D/.test(sdkPhone(raw)) ? [0, 1, 2].map((zeros) => sdkPhone(raw).slice(zeros)) : []),
  ],
  [
    'extension hashed along',
    ({ raw, truth }) => [digits(raw).replace(/^0+/, '')].filter((one) => one.startsWith(truth[0])),
  ],
];

const name = [
  [
    'accents left decomposed',
    ({ raw }) => (raw.normalize('NFC') === raw ? [] : [lower(raw), lower(raw).replaceAll(ASCII_SIGNS, '')]),
  ],
  ['typographic apostrophe kept', ({ raw }) => [lower(raw).replaceAll(ASCII_SIGNS, '')]],
  ['apostrophes, hyphens or dots kept', ({ raw }) => [lower(raw)]],
];

const city = [
  [
    'accents torn off their letters',
    ({ raw }) => (raw.normalize('NFC') === raw ? [] : [lower(raw).replaceAll(/[^a-z0-9]/g, '')]),
  ],
  ...name,
  ['apostrophe kept', ({ raw }) => [lower(raw).replaceAll(/[0-9\s().-]/g, '')]],
];

const state = [
  [
    'cut to two letters',
    ({ raw, truth }) => (truth[0]?.length === 2 && /^[a-z]{2}-/i.test(raw.trim()) ? [lower(raw).slice(0, 2)] : []),
  ],
  ['country part of the code kept', ({ raw }) => (/^[a-z]{2}-/i.test(raw.trim()) ? [lower(raw).replace('-', '')] : [])],
  [
    'name in the USA not made a code',
    ({ raw, truth }) => (truth[0]?.length === 2 ? [lower(raw).replaceAll(/[0-9\s().-]/g, '')] : []),
  ],
  [
    'name made the code of a province',
    ({ raw }) => PROVINCES.filter(([word]) => word === letters(raw)).map(([, code]) => code),
  ],
  [
    'taken for another state whose name is part of it',
    ({ raw, truth }) =>
      truth[0]?.length === 2
        ? ['ks', 'va', 'wa', 'dc'].filter((code) => code !== truth[0] && letters(raw) !== code)
        : [],
  ],
  ['cut to two letters', ({ raw }) => [letters(raw).slice(0, 2)]],
  ['apostrophe or accents kept as typed', ({ raw }) => [lower(raw).replaceAll(/[0-9\s().-]/g, '')]],
];
const letters = (raw) => lower(raw).replaceAll(/[^a-z]/g, '');
/** As the word looks once letters beyond a to z are deleted, too. */
const PROVINCES = [
  ['ontario', 'on'],
  ['qubec', 'qc'],
  ['quebec', 'qc'],
  ['britishcolumbia', 'bc'],
  ['alberta', 'ab'],
  ['novascotia', 'ns'],
];

const postcode = [
  ['cut at the dash', ({ raw }) => (raw.includes('-') ? [lower(raw).split('-')[0].replaceAll(/\s/g, '')] : [])],
  ['inner space kept', ({ raw }) => (/\S\s\S/.test(raw) ? [lower(raw)] : [])],
  ['nine digits kept in the USA', ({ raw }) => (/^\d{9}$/.test(raw) ? [raw] : [])],
  ['lost zero not put back', ({ raw }) => (/^\d{3,4}$/.test(raw) ? [raw] : [])],
];

const birthday = [
  ['day and month swapped', ({ truth }) => truth.map((one) => one.slice(0, 4) + one.slice(6) + one.slice(4, 6))],
  ['hashed as typed', ({ raw }) => [lower(raw)]],
];

/** In the order in which they are tried. */
const MISTAKES = {
  em: [['blanks or capitals kept', ({ raw }) => [lower(raw)]]],
  ph: phone,
  fn: name,
  ln: name,
  db: birthday,
  ge: [],
  ct: city,
  st: state,
  zp: postcode,
  country: [['cut to two letters', ({ raw }) => [letters(raw).slice(0, 2)]]],
};

const LEFT_OUT = 'not sent';
const THREW = 'throws, and the whole event with it';

/** What became of a value: undefined where it is as the rule wants it, else the class of the difference. */
export const differenceOf = (key, value, result) => {
  const isJunk = value.truth.length === 0;
  if (result.threw) return isJunk ? 'throws at junk, and the whole event with it' : THREW;
  if (result.hash === undefined)
    return isJunk ? undefined : `${LEFT_OUT}: ${[value.form, result.left].filter(Boolean).join(', ')}`;
  if (isJunk) return 'junk hashed';
  if (value.truth.some((one) => sha256(one) === result.hash)) return undefined;
  const mistake = MISTAKES[key].find(([, forms]) => forms(value).some((one) => sha256(one) === result.hash));
  return mistake?.[0] ?? 'unexplained';
};
