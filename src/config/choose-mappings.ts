/**
 * Which mappings are meant by `--select` and `--exclude`, as users of dbt write them: blanks join, a comma narrows, `method:value`, and `*` stands for
 * anything. Mappings do not depend on each other, so the operators of a graph (`+`, `@`) mean nothing here and are refused.
 */
import { EXIT, FatalError } from '../errors.ts';
import { suggest } from './did-you-mean.ts';
import type { MappingFile } from './mapping-schema.ts';

/** What a mapping may be chosen by. */
export type Choosable = Pick<MappingFile, 'name' | 'tags' | 'destination'> & {
  readonly source: Pick<MappingFile['source'], 'connection' | 'table'>;
};

export type Selection = { readonly select: readonly string[]; readonly exclude?: readonly string[] | undefined };

export type Choice = {
  /** In the order of the files. */
  readonly names: readonly string[];
  /** Selectors that fit no mapping, and what may be meant. */
  readonly unmatched: readonly { readonly selector: string; readonly hint: string | undefined }[];
};

type Method = {
  readonly textsOf: (file: Choosable) => readonly string[];
  readonly fits?: (wanted: string, text: string) => boolean;
};

/** `orders`, `analytics.orders` and `warehouse.analytics.orders` may name one table: what is left out on the left is not asked for. */
const endsWith = (wanted: string, text: string): boolean => {
  const plain = (name: string): string => name.replace(/["`[\]]/g, '').toLowerCase();
  return like(plain(wanted), plain(text)) || like(`*.${plain(wanted)}`, plain(text));
};

const METHODS: Readonly<Record<string, Method>> = {
  name: { textsOf: ({ name }) => [name] },
  tag: { textsOf: ({ tags }) => tags ?? [] },
  connection: { textsOf: ({ source }) => [source.connection] },
  source: { textsOf: ({ source }) => (source.table === undefined ? [] : [source.table]), fits: endsWith },
  destination: { textsOf: ({ destination }) => (destination === undefined ? [] : [destination]) },
};

/** @throws FatalError `bad-selector` */
export const chooseMappings = (files: readonly Choosable[], { select, exclude = [] }: Selection): Choice => {
  const [wanted, refused] = [words(select), words(exclude)];
  const chosen = new Set(wanted.flatMap((selector) => matching(files, selector)));
  for (const name of refused.flatMap((selector) => matching(files, selector))) chosen.delete(name);
  return {
    names: files.map(({ name }) => name).filter((name) => chosen.has(name)),
    unmatched: [...wanted, ...refused]
      .filter((selector) => matching(files, selector).length === 0)
      .map((selector) => ({ selector, hint: hintFor(files, selector) })),
  };
};

const words = (selectors: readonly string[]): string[] =>
  selectors.flatMap((each) => each.split(/\s+/)).filter(Boolean);

/** Names of the mappings that fit every part between commas. */
const matching = (files: readonly Choosable[], selector: string): string[] => {
  const terms = selector.split(',').map(parseTerm);
  return files.filter((file) => terms.every((term) => fitsTerm(file, term))).map(({ name }) => name);
};

type Term = { readonly method: Method; readonly key: string; readonly value: string };

const parseTerm = (term: string): Term => {
  const [, key = 'name', value = ''] = /^(?:([a-z_]+):)?(.*)$/.exec(term) ?? [];
  if (/^[+@]|^\d+\+|\+\d*$/.test(term))
    throw bad(term, 'mappings do not depend on each other: leave + and @ out, and select by name, tag or source');
  const method = Object.hasOwn(METHODS, key) ? METHODS[key] : undefined;
  if (!method) throw bad(term, suggest(key, Object.keys(METHODS)));
  if (value === '')
    throw bad(term, 'such as orders, shop-*, tag:after-dbt, connection:warehouse, source:analytics.orders');
  return { method, key, value };
};

const bad = (term: string, hint: string | undefined): FatalError =>
  new FatalError('bad-selector', `${JSON.stringify(term)} is no selector`, { hint, exitCode: EXIT.usage });

const fitsTerm = (file: Choosable, { method: { textsOf, fits = like }, value }: Term): boolean =>
  textsOf(file).some((text) => fits(value, text));

/** `*` is any text, `?` one character. Greedy, with one step back: no pattern makes it slow. */
const like = (pattern: string, text: string): boolean => {
  let [p, t, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    if (pattern[p] === '*') [star, mark, p] = [p, t, p + 1];
    else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) [p, t] = [p + 1, t + 1];
    else if (star >= 0) [p, mark, t] = [star + 1, mark + 1, mark + 1];
    else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
};

const hintFor = (files: readonly Choosable[], selector: string): string | undefined => {
  const lost = selector
    .split(',')
    .map(parseTerm)
    .find((term) => !files.some((file) => fitsTerm(file, term)));
  if (!lost) return 'each part fits a mapping, but none fits all of them';
  const known = [...new Set(files.flatMap(lost.method.textsOf))];
  if (known.length === 0) return lost.key === 'tag' ? 'no mapping has tags' : undefined;
  return suggest(lost.value, known);
};
