import { SourceError, type SourceErrorCode } from '../connector.ts';
import type { Phase } from './pool.ts';

/** What every driver error may carry. Read field by field: a driver's message can hold values of a row. */
export type DriverError = {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly errno: number | undefined;
};

export function asDriverError(error: unknown): DriverError {
  const fields = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
  return {
    name: typeof fields.name === 'string' ? fields.name : '',
    code: typeof fields.code === 'string' ? fields.code : '',
    message: typeof fields.message === 'string' ? fields.message : '',
    errno: typeof fields.errno === 'number' ? fields.errno : undefined,
  };
}

const network = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NODATA',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ETIMEDOUT',
  'EPIPE',
  'ENOENT', // a unix socket that is not there
  'PROTOCOL_CONNECTION_LOST',
]);

const certificate = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'EPROTO',
  'HANDSHAKE_SSL_ERROR',
  'HANDSHAKE_NO_SSL_SUPPORT',
]);

/** Trouble of the network or of TLS, the same for every server. Undefined: not of that sort. `server` is `PostgreSQL at db:5432`. */
export function networkError(error: unknown, phase: Phase, doing: string, server: string): SourceError | undefined {
  const { name, code, message } = asDriverError(error);
  if (certificate.has(code) || code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_')) {
    return new SourceError('source-tls', `no trusted TLS connection to ${server} (${code})`, {
      hint: tlsHint,
      cause: error,
    });
  }
  const timedOut =
    name === 'KnexTimeoutError' || name === 'TimeoutError' || /timeout (expired|exceeded)/i.test(message);
  const lost = /^Connection (terminated|ended)|connection (is|was) closed|is not queryable|Can't add new command/i.test(
    message,
  );
  if (!network.has(code) && !timedOut && !lost) return undefined;
  const reason = code !== '' ? code : timedOut ? 'no answer in time' : 'connection closed';
  return phase === 'connect'
    ? new SourceError('source-unreachable', `cannot reach ${server} (${reason})`, {
        hint: 'check host, port and firewall, and that the server runs',
        cause: error,
      })
    : interrupted(error, doing, server, reason);
}

export function interrupted(error: unknown, doing: string, server: string, reason: string): SourceError {
  return new SourceError('source-interrupted', `could not ${doing}: ${server} ended the connection (${reason})`, {
    cause: error,
  });
}

export const tlsHint =
  'give the server\'s certificate authority as tls: {ca: file.pem}; only on a trusted network set tls: "off"';

/** A failed statement in our own words. `detail` is text that cannot hold a value of a row: a name, a line, a code. */
export function failed(
  code: SourceErrorCode,
  doing: string,
  detail: string,
  error: unknown,
  hint?: string,
): SourceError {
  return new SourceError(code, `could not ${doing}: ${detail}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The first group of `pattern` when it is a plain name; a message is never quoted beyond that. */
export function nameIn(message: string, pattern: RegExp): string | undefined {
  const found = pattern.exec(message)?.[1];
  return found !== undefined && /^[\w.$]{1,128}$/.test(found) ? found : undefined;
}
