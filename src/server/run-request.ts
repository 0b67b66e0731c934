/** What `POST /api/runs` asks for: which mappings, and how long the caller wants to wait for the end. In a JSON body, in the query, or in both. */
import { isDuration, parseDuration } from '../config/duration.ts';

export type RunRequest = {
  readonly select: readonly string[];
  readonly exclude: readonly string[];
  /** Undefined: not at all. */
  readonly waitMs: number | undefined;
};

const LONGEST_WAIT = '1h';
const MOST_SELECTORS = 100;

type Given = { readonly select?: unknown; readonly exclude?: unknown; readonly wait?: unknown };

/** @returns a text: what is wrong with it */
export const readRunRequest = (body: string, query: URLSearchParams): RunRequest | string => {
  const given = body.trim() === '' ? {} : readObject(body);
  if (!given) return 'a JSON object, or nothing';
  for (const key of [...Object.keys(given), ...query.keys()])
    if (!['select', 'exclude', 'wait'].includes(key)) return 'select, exclude and wait, nothing else';
  const select = selectors(given.select, query.getAll('select'));
  const exclude = selectors(given.exclude, query.getAll('exclude'));
  if (!select || !exclude) return `select and exclude are texts or lists of at most ${MOST_SELECTORS} texts`;
  if (select.length === 0) return 'say what to select; "*" is all of them';
  const waitMs = readWait(given.wait ?? query.get('wait') ?? undefined);
  if (waitMs === 'wrong') return `wait is a duration up to ${LONGEST_WAIT}, such as 10m`;
  return { select, exclude, waitMs };
};

const readObject = (body: string): Given | undefined => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const selectors = (inBody: unknown, inQuery: readonly string[]): readonly string[] | undefined => {
  const list: readonly unknown[] = inBody === undefined ? [] : Array.isArray(inBody) ? inBody : [inBody];
  const all = [...list, ...inQuery].filter((each) => each !== '');
  const isPlain = (each: unknown): each is string => typeof each === 'string' && each.length <= 500;
  return all.length <= MOST_SELECTORS && all.every(isPlain) ? all : undefined;
};

const readWait = (wait: unknown): number | undefined | 'wrong' => {
  if (wait === undefined) return undefined;
  if (typeof wait !== 'string' || !isDuration(wait) || parseDuration(wait) > parseDuration(LONGEST_WAIT))
    return 'wrong';
  return parseDuration(wait) * 1000;
};
