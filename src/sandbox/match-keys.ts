// Fact sheet §3.1 and §3.2: Customer Information Parameters page, as read on 2026-09-12.

/** Keys that must arrive as SHA-256. The last six are known to Meta's SDKs only. `external_id` may be hashed. */
export const HASHED_KEYS: ReadonlySet<string> = new Set([
  'em',
  'ph',
  'fn',
  'ln',
  'db',
  'ge',
  'ct',
  'st',
  'zp',
  'country',
  'f5first',
  'f5last',
  'fi',
  'dobd',
  'dobm',
  'doby',
]);

/** Keys that arrive as they are, one string each. `lead_id` and `fb_login_id` are integers and stand apart. */
export const PLAIN_KEYS: ReadonlySet<string> = new Set([
  'client_ip_address',
  'client_user_agent',
  'fbc',
  'fbp',
  'subscription_id',
  'anon_id',
  'madid',
  'page_id',
  'page_scoped_user_id',
  'ctwa_clid',
  'ig_account_id',
  'ig_sid',
  'whatsapp_business_account_id',
  'partner_id',
  'partner_name',
  'app_user_id',
]);

/** Every key that can help to find a person; other keys in user_data are ignored. */
export const MATCH_KEYS: ReadonlySet<string> = new Set([
  ...HASHED_KEYS,
  ...PLAIN_KEYS,
  'external_id',
  'lead_id',
  'fb_login_id',
]);

/**
 * Sets that are too broad when user_data holds nothing else (§3.4, Best Practices page, 2026-09-12).
 */
export const WEAK_COMBINATIONS: readonly (readonly string[])[] = [
  ['ct', 'country', 'st', 'zp', 'ge', 'client_user_agent'],
  ['db', 'client_user_agent'],
  ['fn', 'ge'],
  ['ln', 'ge'],
];
