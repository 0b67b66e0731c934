// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import Type, { type Static } from 'typebox';
import type { Secret } from './secret.ts';
import { closed, NAME_PATTERN, oneOf } from './value-schemas.ts';

/** What `start` tells of. `docs/operations.md` says what each means. */
export const ALERT_KINDS = ['failed', 'token-failing', 'rejected-share', 'no-rows', 'freshness', 'expiring'] as const;

export type AlertKind = (typeof ALERT_KINDS)[number];

const WebhookSchema = closed(
  {
    url: Type.String({
      pattern: '^(?:https://[^\\s/]+|http://(?:localhost|127(?:\\.\\d{1,3}){3}|\\[::1\\])(?::\\d{1,5})?)(?:/\\S*)?$',
      title: 'an https URL (plain http only on loopback)',
      description: 'Where messages are posted. Whoever knows it can post: by reference only.',
      examples: ['${SLACK_WEBHOOK_URL}'],
    }),
    format: oneOf(['json', 'slack'], 'The form of a message: one JSON document, or a text for Slack.', {
      default: 'json',
    }),
    on: Type.Optional(
      Type.Array(oneOf([...ALERT_KINDS], 'A kind of alert.'), {
        minItems: 1,
        description: 'What this webhook is told of; all of it where left out.',
        examples: [['failed', 'token-failing']],
      }),
    ),
  },
  { description: 'Where alerts are told.' },
);

export const AlertsSchema = closed(
  {
    webhooks: Type.Unsafe<Record<string, Static<typeof WebhookSchema>>>({
      type: 'object',
      minProperties: 1,
      patternProperties: { [NAME_PATTERN]: WebhookSchema },
      additionalProperties: false,
      description: 'Where alerts are told, by name. A name that changes is told everything again.',
    }),
    failures: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 1,
      title: 'a whole number, 1 or more',
      description: 'So many runs of a mapping in a row must fail before `failed` is told.',
    }),
    rejected_percent: Type.Number({
      minimum: 0,
      maximum: 100,
      default: 5,
      title: 'a percentage',
      description:
        'More rejected rows than this, of all rows of the last 24 hours that were sent or rejected, are told.',
      examples: [5],
    }),
  },
  { description: 'Messages of `capi-sync start` when something changes: once when it begins, once when it ends.' },
);

export type Webhook = Omit<Static<typeof WebhookSchema>, 'url'> & { readonly url: Secret };
export type AlertsConfig = Omit<Static<typeof AlertsSchema>, 'webhooks'> & {
  readonly webhooks: Readonly<Record<string, Webhook>>;
};
