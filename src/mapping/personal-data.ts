/**
 * Personal data where nothing is hashed: in custom_data and in the queries of URLs. What is bound here are only the fields that can hold such
 * a text; a mapping without one has no guard, and costs nothing.
 */
import type { Row } from '../../connectors/connector.ts';
import type { Field, ParsedMapping } from './compile-mapping.ts';
import { holdsContact, queryOf, someInQuery } from './contact-text.ts';
import { bindIsMatchKey } from './match-key-texts.ts';
import { type Binding, bareIndex, expressionsOf, type Template } from './template.ts';

type Values = Readonly<Record<string, unknown>>;
/** Where personal data stands, as a path in the event; undefined when there is none. */
export type Guard = (row: Row, event: Values, customData: Values) => string | undefined;
type Suspect = (text: string, row: Row) => boolean;

/**
 * Of Meta's own keys, those with words of people in them: they are compared with the row's match keys, as properties of one's own are. The
 * others hold ids, words of a catalogue and places: an order number may be a customer's number, and a brand somebody's name.
 */
const FREE_TEXT: ReadonlySet<string> = new Set(['content_name', 'search_string', 'status', 'user_bucket']);
const URLS: ReadonlySet<string> = new Set(['event_source_url', 'referrer_url']);
const TEXT_TYPES: ReadonlySet<string> = new Set(['string', 'string-list', 'object', 'object-list']);
const TEXT_KINDS: ReadonlySet<string> = new Set(['text', 'json', 'unknown']);

/** Whether a row can give such a template a text that the mapping did not write itself. */
const mayHoldText = (template: Template, binding: Binding): boolean => {
  if (template.kind === 'list') return template.items.some((item) => mayHoldText(item, binding));
  if (template.kind === 'map') return template.entries.some(([, item]) => mayHoldText(item, binding));
  if (template.kind !== 'expression') return false;
  const bare = bareIndex(template, binding);
  return bare === undefined || TEXT_KINDS.has(binding.columns[bare]?.kind ?? 'unknown');
};

type Watched = { readonly key: string; readonly isFree: boolean };

const watchedKeys = (fields: readonly Field[], allowed: ReadonlySet<string>, binding: Binding): Watched[] =>
  fields
    .flatMap(({ key, template, row }) => {
      if (key === 'custom_properties' && template.kind === 'map')
        return template.entries.map(([name, item]) => ({ key: name, template: item, isFree: true }));
      const isText = TEXT_TYPES.has(row.type) && row.strict === undefined && key !== 'currency';
      return isText ? [{ key, template, isFree: FREE_TEXT.has(key) }] : [];
    })
    .filter(({ key, template }) => !allowed.has(`custom_data.${key}`) && mayHoldText(template, binding));

/** The path below `at` of the first text that is suspect. */
const findIn = (value: unknown, at: string, row: Row, isSuspect: Suspect): string | undefined => {
  if (typeof value === 'string') return isSuspect(value, row) ? at : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = findIn(item, at, row, isSuspect);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  for (const key in value) {
    const found = findIn(value[key as keyof typeof value], `${at}.${key}`, row, isSuspect);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Undefined when no field of the mapping can hold personal data outside of user_data, or all that can are allowed to. */
export const bindPersonalDataGuard = (mapping: ParsedMapping, binding: Binding): Guard | undefined => {
  const allowed = new Set(mapping.file.personal_data?.allow);
  const watched = watchedKeys(
    mapping.fields.filter(({ at }) => at === 'custom_data'),
    allowed,
    binding,
  );
  const urls = mapping.fields
    .filter(({ at, key, template }) => at === 'event' && URLS.has(key) && expressionsOf(template).length > 0)
    .map(({ key }) => key)
    .filter((key) => !allowed.has(key));
  if (watched.length === 0 && urls.length === 0) return undefined;
  const isMatchKey = bindIsMatchKey(mapping.userData, binding);
  const isContact: Suspect = (text) => holdsContact(text);
  const isPersonal: Suspect = (text, row) => holdsContact(text) || isMatchKey?.(text, row) === true;
  const isInQuery = (url: string, row: Row): boolean => {
    const query = queryOf(url);
    if (query === '') return false;
    return holdsContact(query) || (isMatchKey !== undefined && someInQuery(query, (text) => isMatchKey(text, row)));
  };
  const places = watched.map(({ key, isFree }) => ({
    key,
    field: `custom_data.${key}`,
    isSuspect: isFree ? isPersonal : isContact,
  }));
  return (row, event, customData) => {
    for (const { key, field, isSuspect } of places) {
      const value = customData[key];
      if (value === undefined) continue;
      const found = findIn(value, field, row, isSuspect);
      if (found !== undefined) return found;
    }
    for (const key of urls) {
      const url = event[key];
      if (typeof url === 'string' && isInQuery(url, row)) return key;
    }
    return undefined;
  };
};
