/**
 * `where` of a mapping: comparisons of the object's own properties, joined by AND, which become filters of HubSpot's search:
 * `lifecyclestage = 'customer' AND amount > 0 AND hubspot_owner_id IS NOT NULL`. What this cannot say, `filter` of the mapping can.
 */
import { type Column, SourceError } from '../connector.ts';
import { didYouMean } from '../sql/suggest.ts';
import { msOf } from './instants.ts';

/** A filter of the search API. */
export type Filter = {
  readonly propertyName: string;
  readonly operator: string;
  readonly value?: string;
  readonly values?: readonly string[];
};

/** A group holds six, of which paging needs three: two bounds of the cursor and one of the id. */
export const MOST_FILTERS = 3;

const TOKEN = /\s*(?:('(?:[^']|'')*')|(>=|<=|<>|!=|[=<>(),])|([^\s=<>!(),']+))/gy;
const COMPARE: Readonly<Record<string, string>> = { '=': 'EQ', '>': 'GT', '>=': 'GTE', '<': 'LT', '<=': 'LTE' };
const HINT =
  "`where` takes comparisons joined by AND: name = 'text', amount >= 10, stage IN ('a', 'b'), name IS NULL, name IS NOT NULL; anything else goes into `filter:` of the mapping";

/** @throws SourceError `source-query-failed`, `unknown-column` */
export function parseWhere(text: string, columns: readonly Column[], what: string): readonly Filter[] {
  const tokens = tokensOf(text, what);
  let at = 0;
  const word = (): string | undefined => tokens[at]?.toUpperCase();
  const take = (expected?: string): string => {
    const token = tokens[at];
    if (token === undefined || (expected !== undefined && word() !== expected)) throw refused(what);
    at += 1;
    return token;
  };

  const comparison = (): Filter => {
    const column = columnOf(take(), columns, what);
    const propertyName = column.name;
    const operator = take().toUpperCase();
    if (operator === 'IS') {
      const isNot = word() === 'NOT';
      if (isNot) take();
      take('NULL');
      return { propertyName, operator: isNot ? 'HAS_PROPERTY' : 'NOT_HAS_PROPERTY' };
    }
    if (operator === 'IN') {
      take('(');
      const values = [literalOf(take(), column, what)];
      while (word() === ',') {
        take();
        values.push(literalOf(take(), column, what));
      }
      take(')');
      // HubSpot wants these in lower case, and compares text without regard to it.
      return {
        propertyName,
        operator: 'IN',
        values: values.map((each) => (column.type === 'string' ? each.toLowerCase() : each)),
      };
    }
    const name = COMPARE[operator];
    if (name === undefined) throw refused(what);
    return { propertyName, operator: name, value: literalOf(take(), column, what) };
  };

  const filters = [comparison()];
  while (at < tokens.length) {
    take('AND');
    filters.push(comparison());
  }
  if (filters.length <= MOST_FILTERS) return filters;
  throw new SourceError('source-query-failed', `the "where" of ${what} has more than ${MOST_FILTERS} comparisons`, {
    hint: 'a search of HubSpot takes six filters, and paging needs three of them: put the rest into `filter:` of the mapping',
  });
}

function tokensOf(text: string, what: string): string[] {
  const tokens: string[] = [];
  const rest = text.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < rest.length) {
    const found = TOKEN.exec(rest);
    if (found === null) throw refused(what);
    tokens.push(found[0].trim());
  }
  return tokens;
}

function refused(what: string): SourceError {
  return new SourceError('source-query-failed', `the "where" of ${what} cannot be put to HubSpot's search`, {
    hint: HINT,
  });
}

function columnOf(name: string, columns: readonly Column[], what: string): Column {
  const column = columns.find((each) => each.name === name);
  if (column !== undefined) return column;
  if (!/^\w[\w.]*$/.test(name) || /^(?:and|or|not|is|in)$/i.test(name)) throw refused(what);
  const hint = didYouMean(
    name,
    columns.map((each) => each.name),
  );
  throw new SourceError(
    'unknown-column',
    `${what} has no property "${name}" (where)`,
    hint === undefined ? {} : { hint },
  );
}

/** A literal as a filter wants it: text bare, times as milliseconds. */
function literalOf(token: string, { name, kind }: Column, what: string): string {
  const isQuoted = token.startsWith("'");
  const text = isQuoted ? token.slice(1, -1).replaceAll("''", "'") : token;
  const fails = (form: string): SourceError =>
    new SourceError('source-query-failed', `the "where" of ${what} compares "${name}" with what is not ${form}`, {
      hint: HINT,
    });
  switch (kind) {
    case 'integer':
    case 'decimal':
      if (!/^-?\d+(?:\.\d+)?$/.test(text)) throw fails('a number');
      return text;
    case 'boolean':
      if (!/^(?:true|false)$/i.test(text)) throw fails('true or false');
      return text.toLowerCase();
    case 'timestamptz':
    case 'date': {
      const ms = isQuoted ? msOf(text) : undefined;
      if (ms === undefined) throw fails("a time in quotes ('2026-11-20' or '2026-11-20T10:00:00Z')");
      return String(ms);
    }
    default:
      if (!isQuoted || text === '') throw fails('a text in quotes');
      return text;
  }
}
