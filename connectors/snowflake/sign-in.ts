import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConnectionOptions } from 'snowflake-sdk';
import { SourceError } from '../connector.ts';
import type { SnowflakeOptions } from './options.ts';

/** Where the account is and how to sign in to it. */
export type SignIn = {
  readonly connection: ConnectionOptions;
  /** `Snowflake account myorg-crm`, for messages. */
  readonly label: string;
  readonly transport: 'local' | 'tls';
};

/** @throws SourceError when the options name no way to sign in, more than one, or a key that cannot be read. No text holds a secret. */
export function signIn(options: SnowflakeOptions, baseDir: string): SignIn {
  const { account, user, role, warehouse, database, schema, host, port } = options;
  const isLocal = host !== undefined && /^(localhost|127\.\d+\.\d+\.\d+)$/.test(host);
  const optional = { role, warehouse, database, schema, host, port };
  return {
    label: `Snowflake account ${account}`,
    transport: isLocal ? 'local' : 'tls',
    connection: {
      account,
      ...(user === undefined ? {} : { username: user }),
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
      // Certificates are always verified; only a stand-in on this machine is spoken to in clear.
      ...(isLocal ? { protocol: 'http' } : {}),
      ...credentials(options, baseDir),
    } as ConnectionOptions,
  };
}

function credentials(options: SnowflakeOptions, baseDir: string): Partial<ConnectionOptions> {
  const { private_key, private_key_file, token, password, user } = options;
  const ways = Object.entries({ private_key, private_key_file, token, password })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (ways.length !== 1) {
    throw noSignIn(
      ways.length === 0 ? 'names no way to sign in' : `names ${ways.length} ways to sign in: ${ways.join(', ')}`,
      'one of private_key, private_key_file, token and password; a key pair is the one to choose',
    );
  }
  if (token !== undefined) return { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token };
  if (user === undefined) throw noSignIn('names no user', 'write user: beside the key or the password');
  if (password !== undefined) return { authenticator: 'SNOWFLAKE', password };
  const pem = private_key ?? readKeyFile(resolve(baseDir, private_key_file ?? ''));
  return { authenticator: 'SNOWFLAKE_JWT', privateKey: plainKey(pem, options.private_key_passphrase) };
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw noSignIn(`names the key file ${file}, which cannot be read`, 'check path and permissions', error);
  }
}

/** The key as the client takes it, decrypted. In an environment variable the line breaks of a PEM are often written as `\n`. */
function plainKey(pem: string, passphrase: string | undefined): string {
  const key = (() => {
    try {
      return createPrivateKey({ key: pem.trim().replaceAll('\\n', '\n'), format: 'pem', passphrase: passphrase ?? '' });
    } catch {
      // The cause is left out: what a parser says of a key is nobody's business.
      throw noSignIn(
        'has a private key that cannot be read',
        'a PEM text (-----BEGIN PRIVATE KEY-----) in PKCS#8 form; where it is encrypted, its private_key_passphrase',
      );
    }
  })();
  if (key.asymmetricKeyType !== 'rsa') {
    throw noSignIn('has a private key that is no RSA key', 'openssl genrsa 2048 | openssl pkcs8 -topk8 -nocrypt');
  }
  return key.export({ format: 'pem', type: 'pkcs8' }).toString().trim();
}

function noSignIn(what: string, hint: string, cause?: unknown): SourceError {
  return new SourceError('source-login-failed', `the Snowflake connection ${what}`, { hint, cause });
}
