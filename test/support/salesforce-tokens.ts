/** The token endpoint: client credentials and JWT bearer, with the answers that Salesforce documents. */
import { createVerify, type KeyLike } from 'node:crypto';
import type { Org } from './salesforce-org.ts';
import type { Answer } from './salesforce-server.ts';

export const CLIENT_ID = '3MVG9.invented.consumer.key';
export const CLIENT_SECRET = 'INVENTEDSECRET0123456789';
export const USERNAME = 'capi-reader@acme.example';

export type TokenSettings = {
  /** Public half of the certificate that was uploaded to the app. */
  readonly certificate?: KeyLike;
  /** The app has no "Run As" user. */
  readonly hasNoRunAs?: boolean;
  /** Sessions are handed out, and refused. */
  readonly refusesSessions?: boolean;
};

export type Tokens = {
  readonly answer: (form: URLSearchParams, instance: string) => Answer;
  readonly isValid: (authorization: string | undefined) => boolean;
  readonly expire: () => void;
  readonly count: () => number;
};

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const AUDIENCES = ['https://login.salesforce.com', 'https://test.salesforce.com'];
/** An assertion that ends later is refused. */
const LONGEST_SECONDS = 300;

const refuse = (error: string, error_description: string): Answer => ({
  status: 400,
  body: { error, error_description },
});

export const openTokens = (
  org: Org,
  { certificate, hasNoRunAs = false, refusesSessions = false }: TokenSettings,
): Tokens => {
  const valid = new Set<string>();
  let made = 0;
  const userId = org.insert('User', { Username: USERNAME, Name: 'Capi Reader', Email: USERNAME });

  const grant = (instance: string): Answer => {
    made += 1;
    const token = `00Dxx0000001gPL!AQ${made.toString(36).padStart(40, '0')}`;
    valid.add(token);
    return {
      status: 200,
      body: {
        access_token: token,
        instance_url: instance,
        id: `https://login.salesforce.com/id/00Dxx0000001gPLEAY/${userId}`,
        token_type: 'Bearer',
        issued_at: String(org.now()),
        scope: 'api',
      },
    };
  };

  const ofClient = (form: URLSearchParams, instance: string): Answer => {
    if (form.get('client_id') !== CLIENT_ID) return refuse('invalid_client_id', 'client identifier invalid');
    if (form.get('client_secret') !== CLIENT_SECRET) return refuse('invalid_client', 'invalid client credentials');
    return hasNoRunAs ? refuse('invalid_grant', 'no client credentials user enabled') : grant(instance);
  };

  const ofAssertion = (form: URLSearchParams, instance: string): Answer => {
    const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const parsed = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as Record<string, unknown>;
    const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString() || '{}') as { alg?: string };
    if (parsed.iss !== CLIENT_ID) return refuse('invalid_client_id', 'client identifier invalid');
    const isSigned =
      alg === 'RS256' &&
      certificate !== undefined &&
      createVerify('RSA-SHA256').update(`${header}.${claims}`).verify(certificate, Buffer.from(signature, 'base64url'));
    if (!isSigned) return refuse('invalid_grant', 'invalid assertion');
    if (!AUDIENCES.includes(String(parsed.aud))) return refuse('invalid_grant', 'audience is invalid');
    const left = Number(parsed.exp) - org.now() / 1000;
    if (!(left > 0 && left <= LONGEST_SECONDS)) return refuse('invalid_grant', 'expired authorization code');
    return parsed.sub === USERNAME ? grant(instance) : refuse('invalid_grant', "user hasn't approved this consumer");
  };

  return {
    answer: (form, instance) => {
      const type = form.get('grant_type');
      if (type === 'client_credentials') return ofClient(form, instance);
      return type === JWT_BEARER
        ? ofAssertion(form, instance)
        : refuse('unsupported_grant_type', 'grant type not supported');
    },
    isValid: (authorization) => !refusesSessions && valid.has((authorization ?? '').replace(/^(?:Bearer|OAuth) /, '')),
    expire: () => valid.clear(),
    count: () => made,
  };
};
