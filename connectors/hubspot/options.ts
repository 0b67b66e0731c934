import { type Static, Type } from 'typebox';

export const options = Type.Object(
  {
    access_token: Type.String({
      minLength: 1,
      description:
        'Access token of a private app that may read what is mapped. By reference only: a literal token is an error.',
      examples: ['${HUBSPOT_ACCESS_TOKEN}', '${file:/run/secrets/hubspot_token}'],
    }),
    base_url: Type.Optional(
      Type.String({
        pattern: '^(?:https://.+|http://(?:localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1\\])(?::\\d+)?/?)$',
        description: 'Where the API is; https only, except on loopback. Default: https://api.hubapi.com.',
        examples: ['https://api.hubapi.com'],
      }),
    ),
    searches_per_second: Type.Optional(
      Type.Number({
        minimum: 0.1,
        maximum: 100,
        default: 4,
        description:
          'Searches sent in a second at the most. HubSpot allows an account 5, for all its apps together. Default 4.',
      }),
    ),
    requests_per_10_seconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        default: 90,
        description:
          'Requests of any kind sent in ten seconds at the most. HubSpot allows a private app 100, with Professional and Enterprise 190. Default 90.',
      }),
    ),
    timeout: Type.Optional(
      Type.Number({ minimum: 1, default: 60, description: 'Seconds that an answer may take. Default 60.' }),
    ),
  },
  { additionalProperties: false, description: 'A HubSpot account: contacts, deals, companies and their history.' },
);

export type HubspotOptions = Static<typeof options>;
