/** How the stand-in of Snowflake tells who signs in: as the service documents it, with every part verified. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { SnowflakeFailure } from './snowflake-sql.ts';

export type User = { readonly publicKey?: string; readonly password?: string; readonly token?: string };

export type Login = {
  readonly ACCOUNT_NAME?: string;
  readonly LOGIN_NAME?: string;
  readonly AUTHENTICATOR?: string;
  readonly PASSWORD?: string;
  readonly TOKEN?: string;
};

/** A key pair as `openssl genrsa 2048` would make it. */
export function keyPair(passphrase?: string): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const locked = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return {
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8', ...locked }).toString(),
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  };
}

/** Who it is. @throws SnowflakeFailure with the codes of the service */
export function whoIs(login: Login, account: string, users: Readonly<Record<string, User>>): string {
  if (login.AUTHENTICATOR === 'PROGRAMMATIC_ACCESS_TOKEN') {
    const found = Object.entries(users).find(([, { token }]) => token !== undefined && token === login.TOKEN);
    if (found === undefined) throw new SnowflakeFailure('394400', '08004', 'Programmatic access token is invalid.');
    return found[0];
  }
  const name = (login.LOGIN_NAME ?? '').toUpperCase();
  const user = Object.hasOwn(users, name) ? users[name] : undefined;
  if (login.AUTHENTICATOR === 'SNOWFLAKE_JWT') {
    if (user?.publicKey === undefined || !isSigned(login.TOKEN ?? '', account, name, createPublicKey(user.publicKey))) {
      throw new SnowflakeFailure('390144', '08004', 'JWT token is invalid. [00000000-0000-0000-0000-000000000000]');
    }
    return name;
  }
  if (user?.password === undefined || user.password !== login.PASSWORD) {
    throw new SnowflakeFailure('390100', '08004', 'Incorrect username or password was specified.');
  }
  return name;
}

type Claims = { readonly iss?: string; readonly sub?: string; readonly iat?: number; readonly exp?: number };

/** RS256, by the key of this user, for this account, not yet expired. */
function isSigned(token: string, account: string, user: string, key: KeyObject): boolean {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  try {
    const { alg } = read(header) as { alg?: string };
    const { iss, sub, exp = 0 } = read(payload) as Claims;
    const fingerprint = createHash('sha256')
      .update(key.export({ format: 'der', type: 'spki' }))
      .digest('base64');
    const subject = `${account.toUpperCase()}.${user}`;
    const isRight = verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
    // The client writes milliseconds.
    return (
      alg === 'RS256' && isRight && sub === subject && iss === `${subject}.SHA256:${fingerprint}` && exp > Date.now()
    );
  } catch {
    return false;
  }
}
