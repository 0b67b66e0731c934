/** `--from URL`: which connector, and what of it is a secret. */
import type { Connector, UrlConnection } from '../../connectors/connector.ts';
import { EXIT, FatalError } from '../errors.ts';
import { asName } from './yaml-text.ts';

export type FromUrl = NonNullable<Connector['fromUrl']>;

export type SourceUrl = UrlConnection & { readonly connector: Connector; readonly from: FromUrl };

/** @throws FatalError `bad-source-url`, without the text: it may hold a password */
export const readSourceUrl = (text: string, connectors: readonly Connector[]): SourceUrl => {
  const known = connectors.flatMap((connector) =>
    connector.fromUrl === undefined ? [] : [{ connector, from: connector.fromUrl }],
  );
  const found = known
    .filter(({ from }) => from.schemes.includes(schemeOf(text)))
    .map((each) => ({ ...each, read: each.from.read(text) }))
    .find(({ read }) => read !== undefined);
  if (found?.read) {
    const { connector, from, read } = found;
    return { ...read, name: asName(read.name, 'source'), connector, from };
  }
  throw new FatalError('bad-source-url', '--from takes the URL of a database', {
    hint: `such as ${known.find(({ connector }) => connector.name === 'postgres')?.from.example}, or an SQLite file; "capi-sync connectors --json" has one of each. Special characters of the password are percent-encoded (@ is %40)`,
    exitCode: EXIT.usage,
  });
};

/** A path has none, nor has `C:\data\shop.db`: both are files. */
const schemeOf = (text: string): string => {
  const scheme = /^([a-z][a-z0-9+]*):/i.exec(text)?.[1]?.toLowerCase();
  return scheme === undefined || scheme.length < 2 ? 'file' : scheme;
};

/** What a connection is opened with at once: all of it. */
export const optionsOf = ({ options, secrets }: UrlConnection): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(options).map(([key, { value }]) => [key, value])),
  ...secrets,
});
