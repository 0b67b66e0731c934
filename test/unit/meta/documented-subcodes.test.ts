import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ERROR_CODES, EVENT_SUBCODES } from '../../../src/meta/error-codes.ts';
import type { MetaEvent } from '../../../src/meta/event.ts';
import { checkEvent } from '../../../src/meta/event-rules.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/start-sandbox.ts';
import { goodEvent, type Json, NOW, NOW_SECONDS, postEvents, sha256, TOKEN } from '../sandbox/post-events.ts';

/**
 * Every subcode that is known of Meta's refusals (fact sheet §7.2): the event, our code for it, and what the sandbox, whose rules are written
 * apart from ours, answers to the same event when it is sent all the same.
 */

const DAY = 86_400;
const custom = (custom_data: Json | undefined, event_name = 'Purchase'): Json => ({ event_name, custom_data });
const message = (messaging_channel: string, user_data: Json, event_name = 'LeadSubmitted'): Json => ({
  action_source: 'business_messaging',
  messaging_channel,
  user_data,
  event_name,
  custom_data: undefined,
});
const extinfo = (osVersion: string) => ['i2', '', '', '', osVersion, ...Array(11).fill('')];

type Case = readonly [subcode: number, says: string, changes: Json, ours: string];

const MET: readonly Case[] = [
  [2804003, 'an event over 7 days old', { event_time: NOW_SECONDS - 7 * DAY - 1 }, 'expired'],
  [
    2804003,
    'a store event over 62 days old',
    { action_source: 'physical_store', event_time: NOW_SECONDS - 62 * DAY - 1 },
    'expired',
  ],
  [2804004, 'an event of tomorrow', { event_time: NOW_SECONDS + DAY }, 'event-time-future'],
  [2804004, 'milliseconds', { event_time: NOW_SECONDS * 1000 }, 'event-time-milliseconds'],
  [2804008, 'contents without id', custom({ contents: [{ quantity: 1 }] }, 'ViewContent'), 'content-id-missing'],
  [2804009, 'a Purchase without value', custom({ currency: 'USD' }), 'value-missing'],
  [2804009, 'a Purchase without custom_data', custom(undefined), 'value-missing'],
  [2804010, 'a Purchase without currency', custom({ value: 19.9 }), 'currency-missing'],
  [2804016, 'an address in the clear', { user_data: { em: 'ada@example.com' } }, 'match-key-not-hashed'],
  [2804019, 'no event_name', { event_name: undefined }, 'event-name-missing'],
  [2804019, 'no event_time', { event_time: undefined }, 'event-time-missing'],
  [2804019, 'no action_source', { action_source: undefined }, 'action-source-missing'],
  [2804019, 'an unknown action_source', { action_source: 'web' }, 'action-source-unknown'],
  [2804019, 'content_ids that are no list', custom({ content_ids: 'S' }, 'ViewContent'), 'wrong-type'],
  [2804019, 'an unknown delivery_category', custom({ delivery_category: 'drone' }, 'ViewContent'), 'value-not-listed'],
  [2804019, 'a website event without address', { action_source: 'website' }, 'event-source-url-missing'],
  [2804019, 'an app event without app_data', { action_source: 'app' }, 'app-data-missing'],
  [2804019, 'a lead id that is none', { user_data: { lead_id: '123' } }, 'lead-id-invalid'],
  [2804019, 'a currency that is none', custom({ value: 1, currency: 'EURO' }), 'currency-unknown'],
  [2804023, 'a value without currency', custom({ value: 5 }, 'Lead'), 'currency-missing'],
  [
    2804043,
    'extinfo without OS version',
    { action_source: 'app', app_data: { advertiser_tracking_enabled: 1, extinfo: extinfo('') } },
    'extinfo-invalid',
  ],
  [2804050, 'nobody', { user_data: {} }, 'no-match-keys'],
  [2804050, 'country and postcode', { user_data: { country: sha256('us'), zp: sha256('10001') } }, 'weak-match-keys'],
  [
    2804066,
    'a message with a standard event',
    message('whatsapp', { ctwa_clid: 'c', page_id: '1' }, 'Lead'),
    'messaging-event-unknown',
  ],
  [2804069, 'Messenger without Page', message('messenger', { page_scoped_user_id: '2' }), 'messaging-id-missing'],
  [2804079, 'Instagram without account', message('instagram', { ig_sid: '2' }), 'messaging-id-missing'],
  [2804087, 'WhatsApp without click id', message('whatsapp', { page_id: '1' }), 'messaging-id-missing'],
  [2804116, 'WhatsApp without account', message('whatsapp', { ctwa_clid: 'c' }), 'messaging-id-missing'],
];

const UNKNOWN = 'no page or capture says what it is about, so no rule can be written for it';
/** Subcodes that no rule of ours can foresee, and why. */
const UNSEEN: Readonly<Record<number, string>> = {
  1815356: 'of the Offline Conversions API, whose last version ended on 2025-05-14',
  2804001: UNKNOWN,
  2804007: UNKNOWN,
  2804017: UNKNOWN,
  2804030: 'asked for a choice about Limited Data Use in 2020; it is a setting of the account, which no event shows',
  2804048: UNKNOWN,
  2804117: UNKNOWN,
};

/** Errors of a whole request: they are about token, dataset or load, which an event does not show. Code 100 is the subcodes above. */
const ABOUT_THE_REQUEST: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['1', '2', '5000', '21009'].map((code) => [code, "Meta's trouble, not the event's"])),
  ...Object.fromEntries(['4', '17', '32', '341', '613'].map((code) => [code, 'how often others called, too'])),
  ...Object.fromEntries(['3', '10', '102', '104', '190', '2500'].map((code) => [code, 'token or permission'])),
  ...Object.fromEntries(['100/33', '100/34', '100/38', '803'].map((code) => [code, 'what the token may see'])),
  '105': 'the form of the request',
  '368': 'a decision about the account',
  '2635': 'the age of the API version',
};

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ now: () => NOW, token: TOKEN, datasets: ['1234567890'] });
});
beforeEach(() => sandbox.reset());
afterAll(() => sandbox.close());

const ourCode = (event: Json): string | undefined => {
  const problem = checkEvent(event as unknown as MetaEvent, NOW_SECONDS);
  if (problem === undefined) return undefined;
  return 'expired' in problem ? 'expired' : problem.code;
};

describe('an event that Meta refuses', () => {
  it.each(MET)('with %i, %s, is found before it is sent', async (subcode, _says, changes, ours) => {
    const event = goodEvent(changes);
    expect(ourCode(event)).toBe(ours);
    const answer = await postEvents(sandbox, [event]);
    expect(answer.error).toMatchObject({ code: 100, error_subcode: subcode });
    expect(sandbox.stats().eventsAccepted).toBe(0);
  });

  it('differs from a good one only in what is wrong with it', async () => {
    expect(ourCode(goodEvent())).toBeUndefined();
    expect((await postEvents(sandbox, [goodEvent()])).events_received).toBe(1);
  });

  it('has a known subcode, and each subcode of the table a case or a reason', () => {
    const covered = [...new Set(MET.map(([subcode]) => subcode)), ...Object.keys(UNSEEN).map(Number)];
    expect(covered.sort((a, b) => a - b)).toEqual(
      Object.keys(EVENT_SUBCODES)
        .map(Number)
        .sort((a, b) => a - b),
    );
  });

  it('is about an event: all other codes are about the request, each for a reason', () => {
    expect([...Object.keys(ABOUT_THE_REQUEST), '100'].sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });
});

describe('what no event shows', () => {
  it('is answered by the sandbox as by Meta: a bad token with 190, a foreign dataset with 100/33', async () => {
    expect((await postEvents(sandbox, [goodEvent()], { token: 'EAAother' })).error).toMatchObject({ code: 190 });
    expect((await postEvents(sandbox, [goodEvent()], { dataset: '99' })).error).toMatchObject({
      code: 100,
      error_subcode: 33,
    });
  });
});
