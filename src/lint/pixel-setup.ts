import { found, isMapped, type LintRule } from './lint-subject.ts';

/** Standard events that shops and their plug-ins put on the Pixel. */
const PIXEL_EVENTS: ReadonlySet<string> = new Set([
  'AddPaymentInfo',
  'AddToCart',
  'AddToWishlist',
  'CompleteRegistration',
  'InitiateCheckout',
  'Lead',
  'PageView',
  'Purchase',
  'Search',
  'ViewContent',
]);

/**
 * `pixel_setup` of the destination. Events of both channels are counted once where event_id and event_name agree, or event_name with
 * external_id or fbp, if the browser's came first (deduplicate-pixel-and-server-events, read 2026-09-12). Other sources than the website
 * have no Pixel beside them.
 */
export const pixelSetup: LintRule = (subject) => {
  const { destination, actionSource, eventName, userData, loaded } = subject;
  const eventId = loaded.mapping.event.event_id;
  if (actionSource !== 'website' || isMapped(eventId)) return [];
  const setup = destination?.pixel_setup;
  const path = ['event', 'event_id'];
  if (setup === 'redundant' && !isMapped(userData.external_id) && !isMapped(userData.fbp)) {
    const message = 'pixel_setup is redundant, but nothing here matches the event of the Pixel: both would be counted';
    return [found(subject, 'pixel-dedup-missing', path, message)];
  }
  if (setup === 'split' && eventName !== undefined && PIXEL_EVENTS.has(eventName)) {
    const message = `pixel_setup is split, but a Pixel usually sends ${eventName} too`;
    return [found(subject, 'pixel-may-send-too', path, message)];
  }
  return [];
};
