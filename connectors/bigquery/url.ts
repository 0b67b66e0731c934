import type { UrlConnection } from '../connector.ts';

/**
 * `bigquery://project/dataset?location=EU`. No secret is in it: `init` looks with the application default credentials, and the connection that it
 * writes does too, until `credentials` are added.
 */
export function bigqueryUrl(text: string): UrlConnection | undefined {
  if (!URL.canParse(text) || /[\s']/.test(text)) return undefined;
  const { host, pathname, searchParams, username, password } = new URL(text);
  const dataset = decodeURIComponent(pathname.replace(/^\/|\/$/g, ''));
  if (host === '' || username !== '' || password !== '' || !/^(?:[a-z0-9.:-]+\.)?\w*$/.test(dataset)) return undefined;
  const others = ['location', 'endpoint'].flatMap((name) => {
    const value = searchParams.get(name);
    return value === null ? [] : [[name, { value }] as const];
  });
  return {
    options: {
      project: { value: host, comment: 'runs the queries and is billed for them' },
      ...(dataset !== '' && { dataset: { value: dataset } }),
      ...Object.fromEntries(others),
    },
    secrets: {},
    examples: {},
    name: dataset === '' ? host : dataset.replace(/^.*\./, ''),
  };
}
