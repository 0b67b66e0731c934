import type { UrlConnection } from '../connector.ts';

/** `databricks://token:<token>@host/sql/1.0/warehouses/<id>?catalog=main&schema=marts`, or `client_id:client_secret@`. Undefined: it cannot be read. */
export function readUrl(text: string): UrlConnection | undefined {
  if (!URL.canParse(text) || /[\s']/.test(text)) return undefined;
  const url = new URL(text);
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  if (!/^[\w.-]+$/.test(url.hostname) || !url.pathname.startsWith('/sql/') || user === '' || password === '')
    return undefined;
  const asked = ['catalog', 'schema', 'ca'].flatMap((name) => {
    const value = url.searchParams.get(name);
    return value === null ? [] : [[name, { value, ...(name === 'ca' ? { isPath: true } : {}) }] as const];
  });
  const isToken = user === 'token';
  return {
    options: {
      host: { value: url.hostname },
      http_path: { value: url.pathname },
      ...(url.port === '' ? {} : { port: { value: Number(url.port) } }),
      ...Object.fromEntries(asked),
    },
    secrets: isToken ? { token: password } : { client_id: user, client_secret: password },
    examples: isToken
      ? { token: 'put-your-token-here' }
      : { client_id: 'put-your-client-id-here', client_secret: 'put-your-client-secret-here' },
    name: url.searchParams.get('schema') ?? url.searchParams.get('catalog') ?? 'databricks',
  };
}
