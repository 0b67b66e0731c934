// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import { type Static, Type } from 'typebox';

export const options = Type.Object(
  {
    login_url: Type.String({
      description:
        "Where to sign in: your org's My Domain. `private_key` may also use https://login.salesforce.com or https://test.salesforce.com.",
      examples: ['https://acme.my.salesforce.com'],
    }),
    client_id: Type.String({
      minLength: 1,
      description: 'Consumer key of the external client app or connected app.',
      examples: ['${SALESFORCE_CLIENT_ID}'],
    }),
    client_secret: Type.Optional(
      Type.String({
        description: 'Consumer secret: signs in by OAuth 2.0 client credentials, as the user that the app runs as.',
        examples: ['${SALESFORCE_CLIENT_SECRET}', '${file:/run/secrets/salesforce_secret}'],
      }),
    ),
    username: Type.Optional(
      Type.String({
        description: 'With `private_key`: as whom to sign in.',
        examples: ['capi-reader@acme.example'],
      }),
    ),
    private_key: Type.Optional(
      Type.String({
        description:
          'RSA key (PEM) of the certificate that the app holds, by reference: signs in by OAuth 2.0 JWT bearer, as `username`. Instead of `client_secret`.',
        examples: ['${file:/run/secrets/salesforce.key}'],
      }),
    ),
    audience: Type.Optional(
      Type.String({
        description:
          'With `private_key`: for whom the assertion is. Default: https://login.salesforce.com, and https://test.salesforce.com for sandboxes.',
        examples: ['https://test.salesforce.com'],
      }),
    ),
    api_version: Type.Optional(
      Type.String({
        pattern: '^[0-9]{2}\\.0$',
        default: '62.0',
        description: 'Version of the Salesforce API, 50.0 or newer. Default 62.0.',
        examples: ['62.0'],
      }),
    ),
    bulk_from: Type.Optional(
      Type.Integer({
        minimum: 2000,
        default: 20_000,
        description:
          'Rows of one read from which on Bulk API 2.0 is used. Default 20000: ten calls of the other kind; a bulk job begins with a wait.',
      }),
    ),
    api_reserve: Type.Optional(
      Type.Integer({
        minimum: 0,
        default: 0,
        description:
          'API calls of the last 24 hours that are left to others. With fewer left a run stops before it reads, and while it reads. Default 0.',
        examples: [5000],
      }),
    ),
    statement_timeout: Type.Optional(
      Type.Number({
        minimum: 1,
        default: 150,
        description: 'Seconds after which a request is given up. Default 150; Salesforce ends a query after 120.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'A Salesforce org, by its REST API and Bulk API 2.0.',
  },
);

export type SalesforceOptions = Static<typeof options>;
