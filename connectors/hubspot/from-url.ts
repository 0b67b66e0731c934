import type { UrlConnection } from '../connector.ts';
import { isLocal } from './client.ts';

/** `hubspot://:token@api.hubapi.com`: the token stands where a password does. Undefined: it cannot be read. */
export function fromUrl(text: string): UrlConnection | undefined {
  if (!URL.canParse(text) || /[\s']/.test(text)) return undefined;
  const { username, password, host } = new URL(text);
  const token = decoded(password === '' ? username : password);
  if (token === undefined || token === '' || host === '') return undefined;
  const isElsewhere = host !== 'api.hubapi.com';
  const scheme = isElsewhere && isLocal({ base_url: `http://${host}` }) ? 'http' : 'https';
  return {
    options: isElsewhere ? { base_url: { value: `${scheme}://${host}` } } : {},
    secrets: { access_token: token },
    examples: { access_token: 'pat-eu1-00000000-0000-0000-0000-000000000000' },
    name: 'hubspot',
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
