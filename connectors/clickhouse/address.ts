import type { UrlConnection } from '../connector.ts';
import { type ServerAddress, type ServerOptions, serverAddress } from '../sql/server-options.ts';
import { serverUrl } from '../sql/server-url.ts';

const TLS_PORT = 8443;
const PLAIN_PORT = 8123;

/** Where the HTTP interface is. Of a URL its scheme says whether it is encrypted; `clickhouse:` leaves that to `tls` and its default. */
export function clickhouseAddress(options: ServerOptions, baseDir: string): ServerAddress {
  const scheme = /^([a-z+]+):/.exec(options.url ?? '')?.[1];
  const byScheme: Pick<ServerOptions, 'tls'> =
    scheme?.endsWith('https') === true ? { tls: 'verify' } : scheme?.endsWith('http') === true ? { tls: 'off' } : {};
  const given = { ...byScheme, ...options, ...defaultPort(options.url, scheme) };
  const address = serverAddress(given, 'ClickHouse', TLS_PORT, baseDir);
  return address.tls === undefined ? serverAddress(given, 'ClickHouse', PLAIN_PORT, baseDir) : address;
}

/** A URL drops a port that is the scheme's own: https://host:443 is not 8443. */
function defaultPort(url: string | undefined, scheme: string | undefined): Pick<ServerOptions, 'port'> {
  if (scheme === 'https' && /^https:\/\/[^/]*:443(\/|\?|$)/.test(url ?? '')) return { port: 443 };
  return scheme === 'http' && /^http:\/\/[^/]*:80(\/|\?|$)/.test(url ?? '') ? { port: 80 } : {};
}

export const SCHEMES = ['clickhouse', 'clickhouse+https', 'clickhouse+http'] as const;

export const urlConnection = (text: string): UrlConnection | undefined => serverUrl('clickhouse')(text);
