import { DROP } from './drop.ts';
import type { Normalise } from './normalise.ts';
import { isSha256, looksHashed } from './pass-hashed.ts';

/** Most texts are; nothing else need be asked of them. */
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
const CONTROL = /[\p{Cc}\p{Cs}]/u;
/** 15 to 17 digits; exports of Lead Ads write `l:` in front of them. */
const LEAD_ID = /^(?:l:)?(\d{15,17})$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ZEROS = /^[0-]+$/;
const MAX_ID = 512;

const hasControl = (text: string): boolean => !PRINTABLE_ASCII.test(text) && CONTROL.test(text);

const MAX_USER_AGENT = 2048;

/** Ids that go out as they are, trimmed: subscription_id, page_id, ctwa_clid, ... Meta's table has no hash of them, so one matches nothing. */
export const normalisePlainId: Normalise = (text) => {
  const id = text.trim();
  if (id === '') return DROP.empty;
  if (isSha256(id)) return DROP['looks-hashed'];
  return id.length > MAX_ID || hasControl(id) ? DROP['invalid-id'] : id;
};

/** client_user_agent: as it is, trimmed. */
export const normaliseUserAgent: Normalise = (text) => {
  const agent = text.trim();
  if (agent === '') return DROP.empty;
  if (looksHashed(agent)) return DROP['looks-hashed'];
  return agent.length > MAX_USER_AGENT || hasControl(agent) ? DROP['invalid-user-agent'] : agent;
};

/** lead_id: digits as text; a wrong one would make Meta reject the event (conversion-leads payload-specification, read 2026-09-12). */
export const normaliseLeadId: Normalise = (text) => {
  const id = text.trim();
  if (id === '') return DROP.empty;
  if (looksHashed(id)) return DROP['looks-hashed'];
  return LEAD_ID.exec(id)?.[1] ?? DROP['invalid-lead-id'];
};

/** madid: a UUID in the case it came in; all zeros is a device that hides it. */
export const normaliseAdvertiserId: Normalise = (text) => {
  const id = text.trim();
  if (id === '') return DROP.empty;
  if (looksHashed(id)) return DROP['looks-hashed'];
  return UUID.test(id) && !ZEROS.test(id) ? id : DROP['invalid-madid'];
};
