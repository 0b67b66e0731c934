/**
 * The three that are compared, each as a function (key, value, row) => {hash}, {left: why} (why: ours only) or {threw: true}. Each gets what its API takes:
 * ours the country of the row, as a mapping gives it; the SDK and the Parameter Builder take one text at a time and nothing beside it.
 */
import { createHash } from 'node:crypto';
import builder from 'capi-param-builder-nodejs';
import sdk from 'facebook-nodejs-business-sdk';
import { isDrop } from '../src/transform/drop.ts';
import { normalisers } from '../src/transform/normalisers.ts';

const { UserData } = sdk;
const { ParamBuilder } = builder;

export const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** The normal form of the row's country, which capi-sync reads first. */
const countryOf = (row) => {
  const found = row.country === undefined ? undefined : normalisers.country(row.country.raw, {});
  return found === undefined || isDrop(found) ? undefined : found;
};

const ours = (key, { raw, declared }, row, withFormat = false) => {
  const context = { country: countryOf(row), dateFormat: withFormat ? declared : undefined };
  const normal = normalisers[key](raw, context);
  return isDrop(normal) ? { left: normal.drop } : { hash: sha256(normal), normal };
};

const SETTERS = {
  em: 'setEmail',
  ph: 'setPhone',
  fn: 'setFirstName',
  ln: 'setLastName',
  db: 'setDateOfBirth',
  ge: 'setGender',
  ct: 'setCity',
  st: 'setState',
  zp: 'setZip',
  country: 'setCountry',
};

/** One key alone: in an event, one bad value costs all the others. */
const businessSdk = (key, { raw }) => {
  try {
    const userData = new UserData()[SETTERS[key]](raw).normalize();
    const hash = [userData[key]].flat()[0];
    return typeof hash === 'string' ? { hash } : {};
  } catch {
    return { threw: true };
  }
};

const TYPES = {
  em: 'email',
  ph: 'phone',
  fn: 'first_name',
  ln: 'last_name',
  db: 'date_of_birth',
  ge: 'gender',
  ct: 'city',
  st: 'state',
  zp: 'zip_code',
  country: 'country',
};

const paramBuilder = new ParamBuilder(['example.com']);

/** It appends eight characters of its own to the hash, which Meta documents. */
const parameterBuilder = (key, { raw }) => {
  try {
    const hash = paramBuilder.getNormalizedAndHashedPII(raw, TYPES[key]);
    return hash ? { hash: hash.split('.')[0] } : {};
  } catch {
    return { threw: true };
  }
};

export const SIDES = {
  'capi-sync': ours,
  'Business SDK': businessSdk,
  'Parameter Builder': parameterBuilder,
};

export const withDeclaredFormat = (value, row) => ours('db', value, row, true);

/** Whether the SDK can build the user_data of a whole row: it throws at the first value that it does not take. */
export const sdkTakesRow = (row) => {
  const userData = new UserData();
  for (const [key, { raw }] of Object.entries(row)) userData[SETTERS[key]](raw);
  try {
    userData.normalize();
    return true;
  } catch {
    return false;
  }
};
