import { basename } from 'node:path';
import type { UrlConnection } from '../connector.ts';

const IN_QUERY = ['warehouse', 'role', 'host', 'port', 'private_key_file'] as const;

/**
 * `snowflake://user:password@account/database/schema?warehouse=W&role=R`, with `private_key_file=key.p8` or `token=...` in the place of the
 * password. Undefined: it cannot be read.
 */
export function readUrl(text: string): UrlConnection | undefined {
  if (!URL.canParse(text) || /[\s']/.test(text)) return undefined;
  try {
    return partsOf(new URL(text));
  } catch {
    return undefined; // A sign that is percent-encoded wrongly.
  }
}

function partsOf(url: URL): UrlConnection | undefined {
  const account = decodeURIComponent(url.hostname).replace(/\.snowflakecomputing\.(com|cn)$/i, '');
  const [database, schema, ...more] = url.pathname.split('/').slice(1).filter(Boolean).map(decodeURIComponent);
  if (!/^\w+([.-]\w+)*$/.test(account) || more.length > 0) return undefined;
  const asked = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const given = {
    account,
    user: url.username === '' ? undefined : decodeURIComponent(url.username),
    database,
    schema,
    ...Object.fromEntries(IN_QUERY.map((name) => [name, asked(name)])),
  };
  const options: Record<string, UrlConnection['options'][string]> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    options[name] = {
      value: name === 'port' ? Number(value) : value,
      ...(name === 'private_key_file' ? { isPath: true, comment: 'keep it out of git' } : {}),
    };
  }
  const secrets: Record<string, string> = {};
  if (url.password !== '') secrets.password = decodeURIComponent(url.password);
  for (const name of ['token', 'private_key_passphrase']) {
    const value = asked(name);
    if (value !== undefined) secrets[name] = value;
  }
  const examples = Object.fromEntries(
    Object.keys(secrets).map((name) => [name, `put-your-${name.replaceAll('_', '-')}-here`]),
  );
  return { options, secrets, examples, name: basename(database ?? account).toLowerCase() };
}
