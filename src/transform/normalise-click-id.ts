import { DROP, type Drop } from './drop.ts';
import type { Normalise } from './normalise.ts';
import { isSha256, looksHashed } from './pass-hashed.ts';

/** The time has 13 digits, milliseconds; the fbclid's alphabet is not documented, so anything printable passes, unchanged. */
const FBC = /^fb\.\d{1,2}\.\d{13}\.[\x21-\x7e]{1,2048}$/;
const FBCLID = /^[\x21-\x7e]{1,2048}$/;
/** A column that holds the landing page's address, not its fbclid. */
const URL_PART = /:\/\/|[?&]|fbclid=/i;
const FBP = /^fb\.\d{1,2}\.\d{13}\.\d{1,20}(?:\.[\w-]{2}|\.[\w-]{8})?$/;
const FIRST_MS = 1_000_000_000_000;
const LAST_MS = 9_999_999_999_999;

/** fbc: as it is, because its case matters (parameters/fbp-and-fbc, read 2026-09-12). */
export const normaliseClickId: Normalise = (text) => {
  const fbc = text.trim();
  if (fbc === '') return DROP.empty;
  return FBC.test(fbc) ? fbc : DROP[looksHashed(fbc) ? 'looks-hashed' : 'invalid-fbc'];
};

/** fbp: as it is (parameters/fbp-and-fbc, read 2026-09-12). */
export const normaliseBrowserId: Normalise = (text) => {
  const fbp = text.trim();
  if (fbp === '') return DROP.empty;
  return FBP.test(fbp) ? fbp : DROP[looksHashed(fbp) ? 'looks-hashed' : 'invalid-fbp'];
};

/**
 * fbc from the fbclid of a landing page and the time it was first seen, in Unix milliseconds. Subdomain index 1 is what Meta asks of
 * servers (parameters/fbp-and-fbc, read 2026-09-12). A column that holds a whole fbc already is passed.
 */
export const buildFbc = (fbclid: string, epochMs: number): string | Drop => {
  const id = fbclid.trim();
  if (id === '') return DROP.empty;
  if (FBC.test(id)) return id;
  if (!FBCLID.test(id) || URL_PART.test(id)) return DROP['invalid-fbc'];
  if (isSha256(id)) return DROP['looks-hashed'];
  const ms = Math.trunc(epochMs);
  return ms >= FIRST_MS && ms <= LAST_MS ? `fb.1.${ms}.${id}` : DROP['invalid-fbc-time'];
};
