/** The comparison of a text with the match keys of its row, in normal form. */
import type { Row } from '../../connectors/connector.ts';
import type { UserDataKey } from '../meta/parameters.ts';
import { isDrop } from '../transform/drop.ts';
import { normalisers } from '../transform/normalisers.ts';
import { type Binding, bindText } from './template.ts';
import type { UserDataField } from './user-data-fields.ts';

type Feed = UserDataField['feeds'][number];
type Same = (text: string, given: string) => boolean;

const plain = (text: string): string => text.trim().toLowerCase();
const areAbout = (text: string, given: string): boolean => Math.abs(text.length - given.length) <= 8;
const sameText: Same = (text, given) => areAbout(text, given) && plain(text) === plain(given);

const normalOf = (key: UserDataKey, text: string, dateFormat: string | undefined): string | undefined => {
  const normal = normalisers[key](text, { country: undefined, dateFormat });
  return isDrop(normal) ? undefined : normal;
};

const LETTER = /^\p{L}/u;
/** Two texts of about one length and the same first letter may be one name; all others are done with here, for a few nanoseconds. */
const mayBeOneName: Same = (text, given) =>
  areAbout(text, given) &&
  ((text.charCodeAt(0) | 32) === (given.charCodeAt(0) | 32) || !LETTER.test(text) || !LETTER.test(given));

const SHORTEST_NAME = 3;
const sameName =
  (key: 'fn' | 'ln'): Same =>
  (text, given) => {
    if (!mayBeOneName(text, given)) return false;
    const name = normalOf(key, text, undefined);
    return name !== undefined && name.length >= SHORTEST_NAME && name === normalOf(key, given, undefined);
  };

/** A letter as the first sign settles most comparisons with numbers. */
const startsLikeNumber = (text: string): boolean => text.charCodeAt(0) < 58;

const DATE_LIKE = /^\d[\d./ T:-]{5,24}$/;
const sameDay =
  (format: string | undefined): Same =>
  (text, given) => {
    if (!startsLikeNumber(text) || !DATE_LIKE.test(text)) return false;
    const day = normalOf('db', given, format);
    return day !== undefined && (day === normalOf('db', text, undefined) || day === normalOf('db', text, format));
  };

const PHONE_LIKE = /^[\d\s().+/-]{7,24}$/;
const SHORTEST_NUMBER = 7;
const digitsOf = (text: string): string => text.replace(/\D/g, '').replace(/^0+/, '');
/** With or without the calling code. */
const sameNumber: Same = (text, given) => {
  if (!startsLikeNumber(text) || !PHONE_LIKE.test(text)) return false;
  const [one, other] = [digitsOf(text), digitsOf(given)];
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.length >= SHORTEST_NUMBER && long.endsWith(short);
};

const SHORTEST_ID = 5;
const sameId: Same = (text, given) =>
  text.length >= SHORTEST_ID && (text === given || (areAbout(text, given) && text.trim() === given.trim()));

/**
 * Keys that point to one person. An e-mail address is found without a comparison. Country, state, city, postcode and gender are shared by
 * many, and custom_data has keys of its own for places; what leaves in the clear (IP address, click ids, ...) is no secret here.
 */
const sameAs = (key: UserDataKey, { hashed, format }: Feed): Same | undefined => {
  if (hashed) return sameText;
  if (key === 'fn' || key === 'ln') return sameName(key);
  if (key === 'db') return sameDay(format);
  if (key === 'ph') return sameNumber;
  return key === 'external_id' ? sameId : undefined;
};

/** No match key is longer: a longer text is not compared. */
const LONGEST = 80;
/** By how much two writings of one value may differ in length: separators, a calling code, a time after a date. */
const LONGER_BY = 16;

/** Whether a text is one of the row's match keys; undefined where the mapping has none to compare with. */
export const bindIsMatchKey = (
  fields: readonly UserDataField[],
  binding: Binding,
): ((text: string, row: Row) => boolean) | undefined => {
  const sources = fields.flatMap(({ key, feeds }) =>
    feeds.flatMap((feed) => {
      const isSame = sameAs(key, feed);
      return isSame ? [{ given: bindText(feed.value, binding), isSame }] : [];
    }),
  );
  if (sources.length === 0) return undefined;
  // A row has several texts to be looked at: its match keys are read once.
  const given: string[] = sources.map(() => '');
  let readOf: Row | undefined;
  const read = (row: Row): void => {
    for (let n = 0; n < sources.length; n += 1) {
      const value = sources[n]?.given(row);
      given[n] = typeof value === 'string' ? value : '';
    }
    readOf = row;
  };
  return (text, row) => {
    if (text.length < SHORTEST_NAME || text.length > LONGEST) return false;
    if (row !== readOf) read(row);
    for (let n = 0; n < sources.length; n += 1) {
      const value = given[n] as string;
      if (value === '' || Math.abs(value.length - text.length) > LONGER_BY) continue;
      if (sources[n]?.isSame(text, value)) return true;
    }
    return false;
  };
};
