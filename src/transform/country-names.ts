import { createRequire } from 'node:module';

/**
 * Codes and names of countries, from i18n-iso-countries' data files. Its own entry loads all eighty languages and looks names up one
 * language at a time; we read the data, fold every name once and keep one Map. Built on first use, so that starting up stays fast.
 */
const require = createRequire(import.meta.url);

/** Languages in which names are known, the more common first. */
const LANGUAGES =
  'en de fr es it pt nl pl sv da nb no fi cs ru tr ja zh ko ar el hu ro bg uk hr sk sl et lv lt he th vi id ca';
/** Further ones, whose short names only are known. */
const MORE_LANGUAGES = 'zh-Hant hi bn fa ms sr';

/** Names and codes in use that the data files lack. `el` is the European Union's code for Greece. */
const ALIASES: Readonly<Record<string, string>> = {
  uk: 'gb',
  el: 'gr',
  england: 'gb',
  scotland: 'gb',
  wales: 'gb',
  northernireland: 'gb',
  großbritannien: 'gb',
  grandebretagne: 'gb',
  granbretaña: 'gb',
  granbretagna: 'gb',
  vk: 'gb',
  korea: 'kr',
  southkorea: 'kr',
  한국: 'kr',
  韩国: 'kr',
  韓国: 'kr',
  uae: 'ae',
  vae: 'ae',
  emirates: 'ae',
  eeuu: 'us',
  eua: 'us',
  америка: 'us',
  америкa: 'us',
  美国: 'us',
  美國: 'us',
  amerika: 'us',
  america: 'us',
  中國: 'cn',
  台灣: 'tw',
  臺灣: 'tw',
  台湾: 'tw',
  éire: 'ie',
  lëtzebuerg: 'lu',
  brd: 'de',
  ger: 'de',
  hellas: 'gr',
  rossija: 'ru',
  россия: 'ru',
  czechia: 'cz',
  turkiye: 'tr',
  macedonia: 'mk',
};

/** A name without case, accents, punctuation and spaces. */
const fold = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .toLowerCase();

type Locale = { readonly countries: Readonly<Record<string, string | readonly string[]>> };

/** Alpha-2 and alpha-3, lower-case, to alpha-2, lower-case. */
const loadCodes = (): Map<string, string> => {
  const rows = require('i18n-iso-countries/codes.json') as readonly (readonly [string, string])[];
  const codes = new Map<string, string>();
  for (const [alpha2, alpha3] of rows) {
    const code = alpha2.toLowerCase();
    codes.set(code, code);
    codes.set(alpha3.toLowerCase(), code);
  }
  return codes;
};

/** A name that means two countries in two languages (Kongo) means neither: it is taken out. */
const namesOf = (pairs: Iterable<readonly [code: string, name: string]>): Map<string, string> => {
  const names = new Map<string, string>();
  const ambiguous = new Set<string>();
  for (const [code, name] of pairs) {
    const key = fold(name);
    const known = names.get(key);
    if (known !== undefined && known !== code) ambiguous.add(key);
    else names.set(key, code);
  }
  for (const key of ambiguous) names.delete(key);
  return names;
};

const loadNames = (): Map<string, string> => {
  const names = namesOf(
    LANGUAGES.split(' ').flatMap((language) => {
      const { countries } = require(`i18n-iso-countries/langs/${language}.json`) as Locale;
      return Object.entries(countries).flatMap(([alpha2, written]) =>
        [written].flat().map((name) => [alpha2.toLowerCase(), name as string] as const),
      );
    }),
  );
  for (const [name, code] of Object.entries(ALIASES)) names.set(fold(name), code);
  return names;
};

/** The short names of everyday (États-Unis, Corea del Sur), which the data files often lack: CLDR's, as Node carries them. */
const loadShortNames = (): Map<string, string> => {
  const alpha2s = [...new Set(allCodes().values())];
  return namesOf(
    `${LANGUAGES} ${MORE_LANGUAGES}`.split(' ').flatMap((language) => {
      const region = new Intl.DisplayNames([language], { type: 'region', fallback: 'none' });
      return alpha2s.flatMap((code) => {
        const name = region.of(code.toUpperCase());
        return name === undefined ? [] : [[code, name] as const];
      });
    }),
  );
};

let codes: Map<string, string> | undefined;
let names: Map<string, string> | undefined;
let shortNames: Map<string, string> | undefined;

const allCodes = (): Map<string, string> => {
  codes ??= loadCodes();
  return codes;
};

/** Alpha-2, lower-case, of a code in lower case (alpha-2 or alpha-3). */
export const countryOfCode = (code: string): string | undefined => allCodes().get(code);

/** Alpha-2, lower-case, of a name in any of the known languages. */
export const countryOfName = (name: string): string | undefined => {
  names ??= loadNames();
  const key = fold(name);
  const known = names.get(key);
  if (known !== undefined) return known;
  shortNames ??= loadShortNames();
  return shortNames.get(key);
};
