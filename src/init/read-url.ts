/** `--from URL`: which connector, and what of it is a secret. */
import { EXIT, FatalError } from '../errors.ts';
import { asName } from './yaml-text.ts';

export type SourceUrl = {
  readonly connector: 'postgres' | 'mysql' | 'sqlite';
  /** A server's URL, which holds a password; undefined for a file. */
  readonly url: string | undefined;
  readonly filename: string | undefined;
  /** A name for the connection, from the database's. */
  readonly name: string;
};

/** @throws FatalError `bad-source-url`, without the text: it may hold a password */
export const readSourceUrl = (text: string): SourceUrl => {
  const scheme = /^([a-z][a-z0-9+]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'postgres' || scheme === 'postgresql') return server('postgres', text);
  if (scheme === 'mysql' || scheme === 'mariadb') return server('mysql', text);
  const filename = text.replace(/^(?:sqlite|file):(?:\/\/)?/i, '');
  const isFile = scheme === 'sqlite' || scheme === 'file' || (scheme?.length ?? 0) < 2;
  if (!isFile || filename === '') throw badUrl();
  const base =
    filename
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.[^.]*$/, '') ?? '';
  return { connector: 'sqlite', url: undefined, filename, name: asName(base, 'source') };
};

const server = (connector: 'postgres' | 'mysql', text: string): SourceUrl => {
  if (!URL.canParse(text) || /[\s']/.test(text)) throw badUrl();
  const database = new URL(text).pathname.replace(/^\//, '');
  return { connector, url: text, filename: undefined, name: asName(database, 'source') };
};

const badUrl = (): FatalError =>
  new FatalError('bad-source-url', '--from takes the URL of a database', {
    hint: 'postgres://user:password@host/database, mysql://user:password@host/database, or an SQLite file; special characters of the password are percent-encoded (@ is %40)',
    exitCode: EXIT.usage,
  });
