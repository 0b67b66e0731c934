import { DROP } from './drop.ts';
import type { Normalise } from './normalise.ts';
import { normaliseName } from './normalise-name.ts';
import { looksHashed } from './pass-hashed.ts';
import { isPlaceholderPhrase } from './placeholder.ts';
import { withoutTitles } from './without-titles.ts';

/**
 * First and last name of a full name, where its form tells them apart; what it does not tell is undefined, never guessed:
 * - `Last, First` by its comma; otherwise the first word and the last one, with the particles before it (van der Berg).
 * - Words between them are neither. Where people have two family names (Spain, Mexico) three words or more tell no last name.
 * - One word is a first name; with a title before it (Frau Weber, Sir Elton) it may be either.
 * - Han, kana and Hangul: family name first, if there is a space; without one, or in katakana alone, neither is told.
 * - Latin letters where the family name comes first (Hungary, Japan, Vietnam) need the comma.
 */
export type NameParts = { readonly first?: string | undefined; readonly last?: string | undefined };

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

const COMMA = /[,\u060c\uff0c]/;
const PARTICLES = words(
  'von van vom zu zum zur der den dem de del della dello dei degli di da das dos do du des la las los le les lo el al ter ten te t op in ' +
    'bin bint binti ibn ben af av st mc mac ó ní д بن ابن آل',
);
/** Join two family names; only as written small, because a capital is an initial. */
const CONJUNCTIONS = words('y e i und');
/** After a name, and no part of it here; a column of last names keeps what it holds. */
const SUFFIXES = words('jr sr ii iii iv phd md esq');
const FAMILY_FIRST = words('cn hk hu jp kh kp kr mo tw vn');
const TWO_FAMILY_NAMES = words('es mx ar bo cl co cr cu do ec gt hn ni pa pe pr py sv uy ve');

const EAST_ASIAN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const NOT_KATAKANA_ALONE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Hangul}]/u;
const LATIN = /\p{Script=Latin}/u;

const isSuffix = (word: string): boolean => SUFFIXES.has(word.replaceAll('.', '').trim().toLowerCase());
const isParticle = (word: string): boolean =>
  PARTICLES.has(word.replace(/['’`]/g, '').toLowerCase()) || /^st\.$/i.test(word);

/** Where the last name begins. The first word is never part of it. */
const startOfLast = (all: readonly string[]): number => {
  let start = all.length - 1;
  for (;;) {
    const before = all[start - 1] ?? '';
    if (start > 1 && isParticle(before)) start -= 1;
    else if (start > 2 && CONJUNCTIONS.has(before)) start -= 2;
    else return start;
  }
};

const eastAsian = (all: readonly string[]): NameParts => {
  const [family, given, ...more] = all;
  const isWhole = more.length === 0 && all.every((word) => EAST_ASIAN.test(word) && !LATIN.test(word));
  return isWhole && given !== undefined && NOT_KATAKANA_ALONE.test(all.join('')) ? { first: given, last: family } : {};
};

const byWords = (name: string, country: string | undefined): NameParts => {
  const all = name.split(/\s+/);
  while (all.length > 1 && isSuffix(all.at(-1) ?? '')) all.pop();
  if (EAST_ASIAN.test(name)) return eastAsian(all);
  if (all.length === 1) return { first: all[0] };
  if (country !== undefined && FAMILY_FIRST.has(country) && LATIN.test(name)) return {};
  const start = startOfLast(all);
  const isOpen = start > 1 && country !== undefined && TWO_FAMILY_NAMES.has(country);
  return { first: all[0], last: isOpen ? undefined : all.slice(start).join(' ') };
};

/** @param country alpha-2, lower-case, where known */
export const splitName = (text: string, country: string | undefined): NameParts => {
  const trimmed = text.trim();
  const name = withoutTitles(trimmed);
  if (name !== trimmed && !/\s/.test(name)) return {};
  const [head = '', ...tail] = name.split(COMMA);
  const rest = tail.filter((part) => !isSuffix(part));
  if (rest.length === 0 && (tail.length === 0 || /\S\s+\S/.test(head))) return byWords(head.trim(), country);
  // Rahman, Md: a first name or a doctor?
  if (rest.length !== 1) return {};
  const [first] = withoutTitles((rest[0] ?? '').trim()).split(/\s+/);
  return { first, last: head };
};

const part =
  (which: keyof NameParts): Normalise =>
  (text, context) => {
    const trimmed = text.trim();
    if (trimmed === '') return DROP.empty;
    if (isPlaceholderPhrase(trimmed)) return DROP.placeholder;
    if (looksHashed(trimmed)) return DROP['looks-hashed'];
    if (!/\p{L}/u.test(trimmed) || trimmed.includes('@')) return DROP['invalid-name'];
    const found = splitName(trimmed, context.country)[which] ?? '';
    return found.trim() === '' ? DROP['unsplit-name'] : normaliseName(found, context);
  };

/** fn and ln of one column that holds both: `fn: { full_name: =name }`. */
export const nameParts: Readonly<Record<'fn' | 'ln', Normalise>> = { fn: part('first'), ln: part('last') };
