/**
 * Each value of user_data on its way: what the row gives, its normal form, its hash, or why it is left out. Made by the very functions of a
 * sync, one value at a time; there is no second transform.
 */
import type { Row } from '../../connectors/connector.ts';
import type { ParsedMapping } from '../mapping/compile-mapping.ts';
import { FAILED } from '../mapping/expression.ts';
import { type Binding, bindText } from '../mapping/template.ts';
import { bindConversion, bindUserData, type MatchKeyCounts, type UserDataField } from '../mapping/user-data-fields.ts';
import { userDataPage } from '../meta/match-key-ranking.ts';
import { USER_DATA, type UserDataKey } from '../meta/parameters.ts';
import { DROP_REASONS } from '../transform/drop.ts';
import { maskText } from './mask.ts';
import { writtenSource } from './written-source.ts';

export type KeyExplanation = {
  readonly key: UserDataKey;
  /** As the mapping file has it. */
  readonly source: string;
  /** Masked; null where the row has none. */
  readonly value: string | null;
  /** Masked; null where there is none, or where the value was hashed before it came here. */
  readonly normal: string | null;
  /** What is sent of a key that is hashed: personal data all the same, for the one who asked and no log. */
  readonly hash: string | null;
  /** `sent` also for keys that leave in plain. `failed`: the expression met a value it cannot work with. */
  readonly verdict: 'sent' | 'dropped' | 'empty' | 'failed';
  readonly drop: { readonly reason: string; readonly meaning: string; readonly cure: string } | null;
  /** `page` is a path below Meta's documentation (`DOCS`). */
  readonly rule: { readonly text: string; readonly page: string };
};

export const explainMatchKeys = (mapping: ParsedMapping, binding: Binding, row: Row): KeyExplanation[] => {
  const country = countryOf(mapping, binding, row);
  const written: Readonly<Record<string, unknown>> = mapping.file.event.user_data;
  return mapping.userData.flatMap(({ key, feeds }) =>
    feeds.map((feed, n): KeyExplanation => {
      const source = Array.isArray(written[key]) ? written[key][n] : written[key];
      return { ...explainFeed(key, feed, country, binding, row), source: writtenSource(source) };
    }),
  );
};

/** The row's country, or the mapping's: phones, postcodes and states are read by it. */
const countryOf = (mapping: ParsedMapping, binding: Binding, row: Row): string | undefined => {
  const countries = mapping.userData.filter(({ key }) => key === 'country');
  const counts: MatchKeyCounts = { present: {}, dropped: {} };
  const result = bindUserData(countries, binding, mapping.file.defaults?.country, counts)(row);
  return 'failed' in result ? undefined : result.country;
};

const explainFeed = (
  key: UserDataKey,
  feed: UserDataField['feeds'][number],
  country: string | undefined,
  binding: Binding,
  row: Row,
): Omit<KeyExplanation, 'source'> => {
  const given = bindText(feed.value, binding)(row);
  const isEmpty = given === null || given === '';
  const base = {
    key,
    value: given === FAILED || isEmpty ? null : maskText(given),
    normal: null,
    hash: null,
    drop: null,
    rule: { text: USER_DATA[key].description, page: userDataPage(key) },
  };
  if (given === FAILED) return { ...base, verdict: 'failed' };
  if (isEmpty) return { ...base, verdict: 'empty' };
  const sent = bindConversion(key, feed, binding)(given, country, row);
  if (!('drop' in sent)) {
    const { value, normal } = sent;
    const hash = USER_DATA[key].hashed ? value : null;
    return { ...base, normal: normal === undefined ? null : maskText(normal), hash, verdict: 'sent' };
  }
  if (sent.drop === 'empty') return { ...base, verdict: 'empty' };
  return { ...base, verdict: 'dropped', drop: { reason: sent.drop, ...DROP_REASONS[sent.drop] } };
};
