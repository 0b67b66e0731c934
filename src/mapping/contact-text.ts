/** Whether a text holds an e-mail address or a telephone number that is written as one. Neither number, SKU, price nor time is mistaken for it. */
import { isDrop } from '../transform/drop.ts';
import { normalisers } from '../transform/normalisers.ts';

const LOCAL_END = /[\p{L}\p{N}_%+-]/u;
const DOMAIN = /(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}/uy;

/** A sign that an address may end with, `@`, and a domain: anywhere in the text. */
const holdsEmail = (text: string): boolean => {
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    DOMAIN.lastIndex = at + 1;
    if (at > 0 && LOCAL_END.test(text[at - 1] as string) && DOMAIN.test(text)) return true;
  }
  return false;
};

const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
/** A plus, a digit that a calling code can begin with, and six to fourteen more, with what stands between them in numbers. */
const INTERNATIONAL = /\+ ?\(?[1-9](?:[ \u00a0().\-/]{0,3}\d){6,14}(?!\d)/y;
const LAST_GROUP = /[ \u00a0().\-/]+\d+$/;

/** A number in international form, with a length that its country has. Without a plus nothing is taken for a number. */
const holdsPhone = (text: string): boolean => {
  for (let at = text.indexOf('+'); at !== -1; at = text.indexOf('+', at + 1)) {
    if (at > 0 && LETTER_OR_DIGIT.test(text[at - 1] as string)) continue;
    INTERNATIONAL.lastIndex = at;
    // Digits that follow after a blank may be another word: they are taken away group by group.
    let number = INTERNATIONAL.exec(text)?.[0];
    while (number !== undefined && number.length > 7) {
      if (!isDrop(normalisers.ph(number, { country: undefined }))) return true;
      number = LAST_GROUP.test(number) ? number.replace(LAST_GROUP, '') : undefined;
    }
  }
  return false;
};

const SHORTEST = 6;
/** No match key that is compared is shorter. */
const SHORTEST_VALUE = 3;

/** Nearly every text is done with after two searches for one sign. */
export const holdsContact = (text: string): boolean =>
  text.length >= SHORTEST && ((text.includes('@') && holdsEmail(text)) || (text.includes('+') && holdsPhone(text)));

/** What follows the first `?` or `#` of an address, percent signs resolved (twice, for addresses inside addresses); '' without one. */
export const queryOf = (url: string): string => {
  const [mark, hash] = [url.indexOf('?'), url.indexOf('#')];
  const start = mark === -1 || (hash !== -1 && hash < mark) ? hash : mark;
  if (start === -1) return '';
  const raw = url.slice(start + 1);
  return raw.includes('%') ? decoded(decoded(raw)) : raw;
};

/** Sequences that are no UTF-8 stay as they are. */
const decoded = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (sequence) => {
    try {
      return decodeURIComponent(sequence);
    } catch {
      return sequence;
    }
  });

/** Where values are parted by more than `&`: addresses inside addresses, fragments, older forms. */
const OTHER_PARTING = /[;?#]/;

/** Whether one of the values of a query is such a text, a plus read as the blank that it stands for. */
export const someInQuery = (query: string, isSuch: (text: string) => boolean): boolean => {
  for (let from = 0; from < query.length; ) {
    const next = query.indexOf('&', from);
    const end = next === -1 ? query.length : next;
    const sign = query.indexOf('=', from);
    const start = sign === -1 || sign >= end ? from : sign + 1;
    if (end - start >= SHORTEST_VALUE) {
      const value = query.slice(start, end);
      if (isSuch(value.includes('+') ? value.replaceAll('+', ' ') : value)) return true;
      if (OTHER_PARTING.test(value) && value.split(OTHER_PARTING).some((part) => someInQuery(part, isSuch)))
        return true;
    }
    from = end + 1;
  }
  return false;
};
