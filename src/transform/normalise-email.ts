import { DROP } from './drop.ts';
import type { Normalise } from './normalise.ts';
import { looksHashed } from './pass-hashed.ts';

const MAX_LENGTH = 254;
/** Most addresses end here: lower-case ASCII, in need of nothing else. */
const ASCII_EMAIL =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])$/;
/** The same with letters of every script (internationalised addresses). */
const EMAIL =
  /^[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?\.)+\p{L}(?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])$/u;
/** What copying from a page leaves behind; no address contains it. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u2060\ufeff]/g;

/** The full rule, for every script; `normaliseEmail` is this with a short cut. */
export const normaliseEmailGeneral: Normalise = (text) => {
  const email = text.replace(INVISIBLE, '').trim().normalize('NFC').toLowerCase().normalize('NFC');
  if (email === '') return DROP.empty;
  if (email.length <= MAX_LENGTH && EMAIL.test(email)) return email;
  return looksHashed(email) ? DROP['looks-hashed'] : DROP['invalid-email'];
};

/**
 * em: trimmed and lower-cased; dots and plus tags stay, an internationalised domain stays as typed
 * (parameters/customer-information-parameters, read 2026-09-12).
 */
export const normaliseEmail: Normalise = (text, context) => {
  const email = text.trim().toLowerCase();
  return email.length <= MAX_LENGTH && ASCII_EMAIL.test(email) ? email : normaliseEmailGeneral(text, context);
};
