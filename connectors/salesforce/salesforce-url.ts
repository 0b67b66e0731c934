import type { UrlConnection } from '../connector.ts';

/** `salesforce://CLIENT_ID:CLIENT_SECRET@acme.my.salesforce.com`. Undefined: it lacks one of them. */
export function salesforceUrl(text: string): UrlConnection | undefined {
  if (!URL.canParse(text) || /[\s']/.test(text)) return undefined;
  const { host, hostname, username, password } = new URL(text);
  if (host === '' || username === '' || password === '') return undefined;
  const isLocal = /^(?:localhost|127\.\d+\.\d+\.\d+)$/.test(hostname);
  return {
    options: { login_url: { value: `${isLocal ? 'http' : 'https'}://${host}` } },
    secrets: { client_id: decodeURIComponent(username), client_secret: decodeURIComponent(password) },
    examples: { client_id: 'consumer-key-of-the-app', client_secret: 'consumer-secret-of-the-app' },
    name: hostname.split('.')[0] ?? '',
  };
}
