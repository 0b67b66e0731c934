/** Google's sign-in for tests: keys of service accounts, and the token endpoint that checks what is signed with them (RFC 7523, RFC 8693). */
import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';

const AUDIENCE = 'https://oauth2.googleapis.com/token';
const SCOPE = 'https://www.googleapis.com/auth/bigquery';

export type SignIn = {
  readonly email: string;
  /** The JSON file of a service account, as the console gives it. */
  readonly key: (tokenUri: string) => string;
  /** The same account, signed by a key that Google does not know. */
  readonly strangerKey: (tokenUri: string) => string;
  /** The file of workload identity federation whose subject token lies in `file`. */
  readonly federation: (origin: string, file: string) => string;
  readonly subjectToken: string;
  /** An answer of the token endpoint. */
  readonly token: (form: URLSearchParams) => { readonly status: number; readonly body: object };
  readonly sts: (form: URLSearchParams) => { readonly status: number; readonly body: object };
  readonly isValid: (authorization: string | undefined) => boolean;
  /** Tokens that were given lose their worth. */
  readonly expire: () => void;
  /** How often somebody signed in. */
  readonly count: () => number;
};

const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

export function openSignIn(project: string): SignIn {
  const email = `capi-reader@${project}.iam.gserviceaccount.com`;
  const own = pair();
  const publicKey = createPublicKey(own.publicKey);
  const tokens = new Set<string>();
  const subjectToken = randomBytes(12).toString('hex');
  let given = 0;

  const keyFile = (pem: string, tokenUri: string): string =>
    JSON.stringify({
      type: 'service_account',
      project_id: project,
      private_key_id: 'k1',
      private_key: pem,
      client_email: email,
      client_id: '1',
      token_uri: tokenUri,
    });

  const give = (): object => {
    const access_token = `ya29.${randomBytes(16).toString('hex')}`;
    tokens.add(access_token);
    given += 1;
    return { access_token, expires_in: 3600, token_type: 'Bearer' };
  };
  const refuse = (error: string, error_description: string) => ({ status: 400, body: { error, error_description } });

  return {
    email,
    subjectToken,
    key: (tokenUri) => keyFile(own.privateKey, tokenUri),
    strangerKey: (tokenUri) => keyFile(pair().privateKey, tokenUri),
    federation: (origin, file) =>
      JSON.stringify({
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/oidc',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `${origin}/v1/token`,
        credential_source: { file },
      }),
    token: (form) => {
      if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer')
        return refuse('unsupported_grant_type', 'Invalid grant_type');
      const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
      const isSigned = verify(
        'sha256',
        Buffer.from(`${header}.${claims}`),
        publicKey,
        Buffer.from(signature, 'base64url'),
      );
      if (!isSigned) return refuse('invalid_grant', 'Invalid JWT Signature.');
      const { iss, aud, scope, exp, iat } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<
        string,
        unknown
      >;
      const now = Date.now() / 1000;
      if (iss !== email || aud !== AUDIENCE) return refuse('invalid_grant', 'Invalid issuer or audience');
      if (scope !== SCOPE) return refuse('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
      if (Number(exp) < now || Number(iat) > now + 300)
        return refuse('invalid_grant', 'Invalid JWT: Token must be a short-lived token');
      return { status: 200, body: give() };
    },
    sts: (form) =>
      form.get('subject_token') === subjectToken &&
      form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:token-exchange'
        ? {
            status: 200,
            body: { ...give(), issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' },
          }
        : refuse('invalid_grant', 'The subject token is not valid.'),
    isValid: (authorization = '') => tokens.has(authorization.replace(/^Bearer /, '')),
    expire: () => tokens.clear(),
    count: () => given,
  };
}
