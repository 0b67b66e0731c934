/** Google's own client, and who it logs in as. */
import type { BigQuery } from '@google-cloud/bigquery';
import { SourceError } from '../connector.ts';
import { loadDriver } from '../load-driver.ts';
import type { BigqueryOptions } from './options.ts';

export const DRIVER = { name: '@google-cloud/bigquery', versions: '^9.3.0' } as const;

/** Google's, which the client asks whatever a key says. */
const TOKEN_URL = 'https://oauth2.googleapis.com/token';

export type Client = {
  readonly bigquery: BigQuery;
  /** The account, where the credentials name one. */
  readonly account: string | undefined;
  /** `https://bigquery.googleapis.com` */
  readonly endpoint: string;
};

/** Does not connect; the first request does. */
export async function openClient({ project, location, credentials, endpoint }: BigqueryOptions): Promise<Client> {
  if (endpoint !== undefined && !isSafe(endpoint)) {
    throw new SourceError('source-tls', 'the endpoint of a BigQuery connection is not https', {
      hint: 'https://..., or http on loopback',
    });
  }
  const key = credentials === undefined ? undefined : parseKey(credentials);
  const driver = await loadDriver<typeof import('@google-cloud/bigquery')>(DRIVER.name, { versions: DRIVER.versions });
  const bigquery = new driver.BigQuery({
    projectId: project,
    userAgent: 'capi-sync',
    retryOptions: { autoRetry: true, maxRetries: 2 },
    ...(location !== undefined && { location }),
    ...(endpoint !== undefined && { apiEndpoint: endpoint }),
  });
  // The option `credentials` does the same and tells stderr that it is deprecated.
  if (key !== undefined) bigquery.authClient.jsonContent = key as typeof bigquery.authClient.jsonContent;
  const tokenUrl = key?.token_uri;
  if (typeof tokenUrl === 'string' && tokenUrl !== TOKEN_URL) await askAt(bigquery, tokenUrl);
  return {
    bigquery,
    account: typeof key?.client_email === 'string' ? key.client_email : undefined,
    endpoint: endpoint ?? 'https://bigquery.googleapis.com',
  };
}

type Key = Readonly<Record<string, unknown>>;

/** Of what is wrong with it nothing is quoted: it holds a private key. */
function parseKey(text: string): Key {
  const problem = (detail: string): SourceError =>
    new SourceError('source-login-failed', `the credentials of a BigQuery connection ${detail}`, {
      hint: 'credentials: ${file:/run/secrets/bigquery.json}, the file as Google gives it',
    });
  let key: unknown;
  try {
    key = JSON.parse(text);
  } catch {
    throw problem('are not JSON');
  }
  if (typeof key !== 'object' || key === null || Array.isArray(key)) throw problem('are not a JSON object');
  const { type, client_email: email, private_key: pem } = key as Key;
  const isAccount = type === 'service_account' || type === undefined;
  if (isAccount && (typeof email !== 'string' || typeof pem !== 'string'))
    throw problem('have no "client_email" or no "private_key"');
  return key as Key;
}

/** A key for another place than Google's own (a private endpoint, a stand-in) says so by its `token_uri`. */
async function askAt(bigquery: BigQuery, tokenUrl: string): Promise<void> {
  if (!isSafe(tokenUrl)) {
    throw new SourceError('source-tls', 'the "token_uri" of the credentials is not https');
  }
  try {
    const client = await bigquery.authClient.getClient();
    client.transporter.interceptors.request.add({
      resolved: async (config) => (String(config.url) === TOKEN_URL ? { ...config, url: new URL(tokenUrl) } : config),
    });
  } catch (error) {
    throw new SourceError('source-login-failed', 'the credentials of a BigQuery connection cannot be used', {
      hint: 'make a new key for the service account',
      cause: error,
    });
  }
}

function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || isLoopback(hostname);
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
