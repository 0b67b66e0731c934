/** What is sent to the token endpoint: OAuth 2.0 client credentials, or a JWT that the app's certificate vouches for. */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { SourceError } from '../connector.ts';
import type { SalesforceOptions } from './options.ts';

/** `grants` is asked anew for each sign-in: an assertion lives for minutes. */
export type SignIn = {
  readonly client: { readonly clientId?: string; readonly clientSecret?: string };
  readonly grant: (now: number) => { readonly grant_type: string; readonly assertion?: string };
};

/** Salesforce takes an assertion whose end lies no more than five minutes ahead. */
const ASSERTION_SECONDS = 180;

/** @throws SourceError when the options name no way to sign in, or the key cannot be read */
export function signInOf(options: SalesforceOptions): SignIn {
  const { client_id: clientId, client_secret: clientSecret, private_key: pem, username } = options;
  if ((clientSecret === undefined) === (pem === undefined))
    throw cannot(
      clientSecret === undefined
        ? 'the connection has neither client_secret nor private_key'
        : 'the connection has both client_secret and private_key',
      'client_secret signs in by client credentials; private_key and username by JWT bearer',
    );
  if (pem === undefined)
    return { client: { clientId, clientSecret: clientSecret! }, grant: () => ({ grant_type: 'client_credentials' }) };
  if (username === undefined)
    throw cannot(
      'private_key needs a username',
      'name the user as whom to sign in: username: capi-reader@acme.example',
    );
  const key = readKey(pem);
  const audience = options.audience ?? audienceOf(options.login_url);
  return {
    client: {},
    grant: (now) => ({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertionOf(
        { iss: clientId, sub: username, aud: audience, exp: Math.floor(now / 1000) + ASSERTION_SECONDS },
        key,
      ),
    }),
  };
}

function assertionOf(claims: Readonly<Record<string, string | number>>, key: KeyObject): string {
  const encoded = [{ alg: 'RS256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const body = encoded.join('.');
  return `${body}.${sign('RSA-SHA256', Buffer.from(body), key).toString('base64url')}`;
}

/** Salesforce's own words for its two login hosts, whatever the My Domain. */
function audienceOf(loginUrl: string): string {
  return /^https:\/\/(?:test\.salesforce\.com|[^/]+\.sandbox\.my\.salesforce\.com)/i.test(loginUrl)
    ? 'https://test.salesforce.com'
    : 'https://login.salesforce.com';
}

/** The key's text is in no message, and not in a cause. */
function readKey(pem: string): KeyObject {
  try {
    // A key that came by way of an environment variable has its lines ended by two letters.
    const key = createPrivateKey(pem.replaceAll('\\n', '\n'));
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Said below, for a key of another kind too.
  }
  throw cannot(
    'private_key is no RSA key in PEM form',
    'it begins with -----BEGIN PRIVATE KEY-----; a key with a passphrase cannot be used',
  );
}

function cannot(message: string, hint: string): SourceError {
  return new SourceError('source-login-failed', message, { hint });
}
