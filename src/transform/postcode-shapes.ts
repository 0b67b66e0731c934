/**
 * How postcodes look after spaces and dashes are removed, where a country has one shape (Universal Postal Union, postal addressing systems).
 * A code of another shape is none of that country: mostly a leading zero that a spreadsheet ate, or a wrong country. Countries that are
 * missing here take anything.
 */
const BY_DIGITS: Readonly<Record<number, string>> = {
  4: 'at au be bg ch cy dk hu li lu lv no nz ph si tn za',
  5: 'cz de ee es fi fr gr hr id it lt mc mx my pl se sk th tr ua',
  6: 'by cn co in ro ru sg',
  7: 'cl jp',
  8: 'br',
};

/** Two lengths, or letters: the whole code, or the part of it that people leave at that. */
const OTHERS: Readonly<Record<string, RegExp>> = {
  ar: /^(?:\d{4}|[a-z]\d{4}(?:[a-z]{3})?)$/,
  ca: /^[a-z]\d[a-z](?:\d[a-z]\d)?$/,
  // Outward code, sector or all of it; Girobank is the one exception.
  gb: /^(?:[a-z]{1,2}\d[a-z\d]?(?:\d(?:[a-z]{2})?)?|gir0aa)$/,
  ie: /^[a-z]\d[\dw](?:[a-z\d]{4})?$/,
  il: /^\d{5}(?:\d{2})?$/,
  kr: /^\d{5,6}$/,
  nl: /^\d{4}(?:[a-z]{2})?$/,
  pt: /^\d{4}(?:\d{3})?$/,
  sa: /^\d{5}(?:\d{4})?$/,
  tw: /^\d{3}(?:\d{2,3})?$/,
  vn: /^\d{5,6}$/,
};

const ZIP = /^(\d{5})(?:\d{4})?$/;
/** The USA and the places its ZIP codes serve. */
const ZIP_COUNTRIES = 'us pr vi gu as mp fm mh pw um'.split(' ');

/** A postcode of one country, or undefined where it is none. */
type Shape = (postcode: string) => string | undefined;

const matching =
  (expression: RegExp): Shape =>
  (postcode) =>
    expression.test(postcode) ? postcode : undefined;

/** By country, alpha-2, lower-case. Meta wants the first five digits of a ZIP code. */
export const POSTCODE_SHAPES: ReadonlyMap<string, Shape> = new Map([
  ...Object.entries(BY_DIGITS).flatMap(([digits, countries]) => {
    const shape = matching(new RegExp(`^\\d{${digits}}$`));
    return countries.split(' ').map((country) => [country, shape] as const);
  }),
  ...Object.entries(OTHERS).map(([country, expression]) => [country, matching(expression)] as const),
  ...ZIP_COUNTRIES.map((country) => [country, (postcode: string) => ZIP.exec(postcode)?.[1]] as const),
]);
