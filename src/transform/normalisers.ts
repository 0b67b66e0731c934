import type { NormaliseKind, UserDataKey } from '../meta/parameters.ts';
import { USER_DATA } from '../meta/parameters.ts';
import type { Normalise } from './normalise.ts';
import { normaliseBirthDate } from './normalise-birth-date.ts';
import { normaliseBrowserId, normaliseClickId } from './normalise-click-id.ts';
import { normaliseCountry } from './normalise-country.ts';
import { normaliseEmail } from './normalise-email.ts';
import { normaliseExternalId } from './normalise-external-id.ts';
import { normaliseGender } from './normalise-gender.ts';
import { normaliseIpAddress } from './normalise-ip-address.ts';
import { normaliseCity, normaliseName } from './normalise-name.ts';
import { normalisePhone } from './normalise-phone.ts';
import { normaliseAdvertiserId, normaliseLeadId, normalisePlainId, normaliseUserAgent } from './normalise-plain-id.ts';
import { normalisePostcode } from './normalise-postcode.ts';
import { normaliseState } from './normalise-state.ts';

const BY_KIND: Readonly<Record<NormaliseKind, Normalise>> = {
  email: normaliseEmail,
  phone: normalisePhone,
  name: normaliseName,
  'birth-date': (text, context) => normaliseBirthDate(text, context),
  gender: normaliseGender,
  city: normaliseCity,
  state: normaliseState,
  postcode: normalisePostcode,
  country: normaliseCountry,
  'external-id': normaliseExternalId,
  'ip-address': normaliseIpAddress,
  'user-agent': normaliseUserAgent,
  'click-id': normaliseClickId,
  'browser-id': normaliseBrowserId,
  'lead-id': normaliseLeadId,
  'advertiser-id': normaliseAdvertiserId,
  'plain-id': normalisePlainId,
};

/** The normaliser of every user_data key, as the table of parameters names it. Hashed keys are hashed after it by `hashNormal`. */
export const normalisers = Object.fromEntries(
  (Object.keys(USER_DATA) as UserDataKey[]).map((key) => [key, BY_KIND[USER_DATA[key].normalise]]),
) as Readonly<Record<UserDataKey, Normalise>>;
