import type { UserDataKey } from './user-data-parameters.ts';

/**
 * How Meta ranks the keys of user_data for match quality. `high`, `medium`, `low`: Help Center, "About Event Match Quality" (text of
 * 2025-11-16). `lead_id` stands low there, but highest beside click id and e-mail on the page on Conversion Leads (read 2026-09-12), the
 * only events that carry one. `unranked`: such a key describes the person, device or session, and Meta ranks it nowhere (the best-practices page
 * names the IP address among good keys, without a rank). `none`: it names no person to match.
 */
export type KeyRank = 'high' | 'medium' | 'low' | 'unranked' | 'none';

export const KEY_RANKS: Readonly<Record<UserDataKey, KeyRank>> = {
  em: 'high',
  fbc: 'high',
  lead_id: 'high',
  ph: 'medium',
  external_id: 'medium',
  fbp: 'medium',
  fb_login_id: 'medium',
  db: 'medium',
  country: 'medium',
  fn: 'low',
  ln: 'low',
  ct: 'low',
  zp: 'low',
  st: 'unranked',
  ge: 'unranked',
  client_ip_address: 'unranked',
  client_user_agent: 'unranked',
  madid: 'unranked',
  anon_id: 'unranked',
  subscription_id: 'none',
  page_id: 'none',
  page_scoped_user_id: 'unranked',
  ctwa_clid: 'unranked',
  ig_account_id: 'none',
  ig_sid: 'unranked',
  whatsapp_business_account_id: 'none',
  partner_id: 'none',
  partner_name: 'none',
};

/** Keys that point to one person, account, browser or click by themselves. Many people share the value of any other. */
export const PERSONAL_KEYS: ReadonlySet<string> = new Set<UserDataKey>([
  'em',
  'ph',
  'external_id',
  'fbc',
  'fbp',
  'fb_login_id',
  'lead_id',
  'madid',
  'anon_id',
  'page_scoped_user_id',
  'ctwa_clid',
  'ig_sid',
]);

/** The page, below `DOCS`, that has the rule of a key (read 2026-09-12). */
export const userDataPage = (key: UserDataKey): string =>
  key === 'fbc' || key === 'fbp' ? 'parameters/fbp-and-fbc' : 'parameters/customer-information-parameters';
