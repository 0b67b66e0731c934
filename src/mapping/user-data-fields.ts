/**
 * user_data of one mapping: for each key the values that feed it, normalised and hashed as Meta's key implies, as early as can be.
 * What cannot match is dropped and counted per key and reason; it never rejects the row by itself.
 */
import type { Row } from '../../connectors/connector.ts';
import { USER_DATA, type UserDataKey } from '../meta/parameters.ts';
import { DROP, type Drop } from '../transform/drop.ts';
import { hashNormal } from '../transform/hash-normal.ts';
import type { NormaliseContext } from '../transform/normalise.ts';
import { buildFbc } from '../transform/normalise-click-id.ts';
import { normalisers } from '../transform/normalisers.ts';
import { passHashed } from '../transform/pass-hashed.ts';
import { FAILED } from './expression.ts';
import { parseInstant } from './instants.ts';
import {
  type Binding,
  bareIndex,
  bindText,
  bindValue,
  checkTemplate,
  expressionsOf,
  type Path,
  parseTemplate,
  type Template,
  type TemplateProblem,
} from './template.ts';

/** One value of a key, as the mapping file writes it. */
type Feed = {
  readonly value: Template;
  readonly hashed: boolean;
  readonly format: string | undefined;
  readonly at: Template | undefined;
};
export type UserDataField = { readonly key: UserDataKey; readonly feeds: readonly Feed[] };

/** Counts of what reached an event and what did not; kept by key, and by reason. */
export type MatchKeyCounts = {
  readonly present: Record<string, number>;
  readonly dropped: Record<string, Record<string, number>>;
};

export const parseUserData = (userData: object, path: Path, problems: TemplateProblem[]): UserDataField[] =>
  Object.entries(userData).map(([key, written]) => {
    const here = [...path, key];
    const feeds = Array.isArray(written)
      ? written.map((item, n) => parseFeed(item, [...here, n], problems))
      : [parseFeed(written, here, problems)];
    return { key: key as UserDataKey, feeds };
  });

const parseFeed = (written: unknown, path: Path, problems: TemplateProblem[]): Feed => {
  if (typeof written !== 'object' || written === null) {
    return { value: parseTemplate(written, path, problems), hashed: false, format: undefined, at: undefined };
  }
  const { value, hashed, format, fbclid, at } = written as {
    value?: unknown;
    hashed?: boolean;
    format?: string;
    fbclid?: unknown;
    at?: unknown;
  };
  const main = fbclid === undefined ? 'value' : 'fbclid';
  return {
    value: parseTemplate(value ?? fbclid, [...path, main], problems),
    hashed: hashed === true,
    format,
    at: at === undefined ? undefined : parseTemplate(at, [...path, 'at'], problems),
  };
};

const templatesOf = (fields: readonly UserDataField[]): Template[] =>
  fields.flatMap((field) => field.feeds.flatMap((feed) => (feed.at ? [feed.value, feed.at] : [feed.value])));

export const userDataColumns = (fields: readonly UserDataField[]): string[] =>
  templatesOf(fields)
    .flatMap(expressionsOf)
    .flatMap(({ expression }) => expression.columns);

export const checkUserData = (
  fields: readonly UserDataField[],
  columns: Parameters<typeof checkTemplate>[1],
): TemplateProblem[] => templatesOf(fields).flatMap((template) => checkTemplate(template, columns));

type Result = {
  readonly userData: Record<string, string | string[]>;
  readonly country: string | undefined;
  readonly state: string | undefined;
};
const isDrop = (value: string | Drop): value is Drop => typeof value !== 'string';

/**
 * @param defaultCountry alpha-2, of rows that name none
 * @returns the user_data of a row with the normal forms of country and state, or the key whose expression failed
 */
export const bindUserData = (
  fields: readonly UserDataField[],
  binding: Binding,
  defaultCountry: string | undefined,
  counts: MatchKeyCounts,
): ((row: Row) => Result | { failed: string }) => {
  // The country goes first: phones, postcodes and states are read by it.
  const ordered = [...fields].sort((a, b) => Number(b.key === 'country') - Number(a.key === 'country'));
  const bound = ordered.map((field) => bindField(field, binding));
  const base = defaultCountry?.toLowerCase();
  return (row) => {
    const userData: Record<string, string | string[]> = {};
    let country = base;
    let state: string | undefined;
    for (const field of bound) {
      const values: string[] = [];
      for (const feed of field.feeds) {
        const text = feed.text(row);
        if (text === FAILED) return { failed: `user_data.${field.key}` };
        if (text === null || text === '') continue;
        const normal = feed.normalise(text, row, country);
        if (isDrop(normal)) {
          if (normal.drop !== 'empty') countDrop(counts, field.key, normal.drop);
          continue;
        }
        if (!feed.hashed && field.key === 'country') country = normal;
        if (!feed.hashed && field.key === 'st') state = normal;
        const value = field.hash && !feed.hashed ? hashNormal(normal) : normal;
        if (!values.includes(value)) values.push(value);
      }
      const [only] = values;
      if (only === undefined) continue;
      userData[field.key] = values.length > 1 ? values : only;
      counts.present[field.key] = (counts.present[field.key] ?? 0) + 1;
    }
    return { userData, country, state };
  };
};

const countDrop = ({ dropped }: MatchKeyCounts, key: string, reason: string): void => {
  const byReason = dropped[key] ?? {};
  dropped[key] = byReason;
  byReason[reason] = (byReason[reason] ?? 0) + 1;
};

const bindField = (field: UserDataField, binding: Binding) => {
  const parameter = USER_DATA[field.key];
  return {
    key: field.key,
    hash: parameter.hashed,
    feeds: field.feeds.map((feed) => ({
      hashed: feed.hashed,
      text: bindText(feed.value, binding),
      normalise: bindNormaliser(field.key, feed, binding),
    })),
  };
};

const bindNormaliser = (
  key: UserDataKey,
  feed: Feed,
  binding: Binding,
): ((text: string, row: Row, country: string | undefined) => string | Drop) => {
  if (feed.hashed) return passHashed;
  if (feed.at) {
    const at = bindEpochMs(feed.at, binding);
    return (fbclid, row) => {
      const clicked = at(row);
      return clicked === undefined ? DROP['invalid-fbc-time'] : buildFbc(fbclid, clicked);
    };
  }
  const normalise = normalisers[key];
  const context: { country?: string; dateFormat?: string } =
    feed.format === undefined ? {} : { dateFormat: feed.format };
  return (text, _row, country) => {
    if (country === undefined) delete context.country;
    else context.country = country;
    return normalise(text, context as NormaliseContext);
  };
};

/** Epoch milliseconds of a column or expression that holds a point in time; undefined when there is none. */
export const bindEpochMs = (template: Template, binding: Binding): ((row: Row) => number | undefined) => {
  if (bareIndex(template, binding) !== undefined) {
    const text = bindText(template, binding);
    return (row) => {
      const value = text(row);
      return typeof value === 'string' ? epochMs(value, binding.timezone) : undefined;
    };
  }
  const evaluate = bindValue(template, binding);
  return (row) => {
    const value = evaluate(row);
    if (value === FAILED || value === null) return undefined;
    if (value instanceof Date) return value.getTime();
    return typeof value === 'object' ? undefined : epochMs(String(value), binding.timezone);
  };
};

/** A number is Unix seconds, always: what looks like milliseconds is rejected later by the event rules, not guessed. */
const epochMs = (text: string, timezone: string | undefined): number | undefined => {
  if (/^\d+(\.\d+)?$/.test(text)) return Math.floor(Number(text)) * 1000;
  return parseInstant(text, timezone);
};
