// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { SourceError } from '../connector.ts';

/**
 * Milliseconds after which a silent connection is asked whether the other side is still there. The system's own default is two hours, for which
 * a run would wait for an answer that a firewall or a dead machine swallowed. Node then asks ten times, a second apart.
 */
export const keepAliveMs = 15_000;

/** Options that the servers share. Each connector adds its own default port. */
export const serverOptions = {
  url: Type.Optional(
    Type.String({
      description: 'Connection URL: scheme://user:password@host:port/database. Single fields below win over it.',
      examples: ['${SHOP_DATABASE_URL}'],
    }),
  ),
  host: Type.Optional(
    Type.String({
      description: 'Host name or address, or the path of a unix socket. Default: localhost.',
      examples: ['db.internal'],
    }),
  ),
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: 'TCP port.', examples: [5432] })),
  user: Type.Optional(
    Type.String({
      description: 'Login name. A user that may only SELECT what is mapped is enough.',
      examples: ['capi_reader'],
    }),
  ),
  password: Type.Optional(
    Type.String({
      description: 'Password; better a reference to the environment or to a secret file than the text itself.',
      examples: ['${SHOP_PASSWORD}', '${file:/run/secrets/shop_password}'],
    }),
  ),
  database: Type.Optional(Type.String({ description: 'Database name.', examples: ['shop'] })),
  tls: Type.Optional(
    Type.Union(
      [
        Type.Literal('verify'),
        Type.Literal('off'),
        Type.Object(
          {
            ca: Type.String({
              description: 'PEM file of the certificate authority, relative to the config file.',
              examples: ['certs/ca.pem'],
            }),
          },
          { additionalProperties: false },
        ),
      ],
      {
        description:
          'TLS: "verify" checks certificate and host name (default, except on loopback and unix sockets, which are plain); {ca: file} verifies against that authority; "off" sends everything in clear.',
      },
    ),
  ),
  statement_timeout: Type.Optional(
    Type.Number({ minimum: 1, default: 300, description: 'Seconds after which the server ends a query. Default 300.' }),
  ),
  pool: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 20, default: 2, description: 'Connections at most. Default 2.' }),
  ),
};

const schema = Type.Object(serverOptions);
export type ServerOptions = Static<typeof schema>;

/** Where a server is and how to log in. `socketPath` is set instead of host and port for a unix socket. */
export type ServerAddress = {
  readonly host: string;
  readonly port: number;
  readonly socketPath: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  /** Undefined: no TLS. */
  readonly tls: { readonly rejectUnauthorized: true; readonly ca?: string } | undefined;
  /** `PostgreSQL at db.internal:5432`, for messages. */
  readonly label: string;
};

export function serverAddress(
  options: ServerOptions,
  title: string,
  defaultPort: number,
  baseDir: string,
): ServerAddress {
  const url = options.url === undefined ? undefined : parseUrl(options.url);
  const host = options.host ?? url?.searchParams.get('host') ?? hostOf(url) ?? 'localhost';
  const port = options.port ?? (url?.port ? Number(url.port) : defaultPort);
  const socketPath = host.startsWith('/') ? host : undefined;
  return {
    host,
    port,
    socketPath,
    user: options.user ?? part(url?.username),
    password: options.password ?? part(url?.password),
    database: options.database ?? part(url?.pathname.replace(/^\//, '')),
    tls: tlsOf(options.tls ?? sslMode(url), socketPath !== undefined || isLoopback(host), baseDir),
    label: socketPath === undefined ? `${title} at ${host}:${port}` : `${title} at ${socketPath}`,
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The text holds the password: it is not repeated, not even as the cause.
  if (url === undefined) {
    throw new SourceError('source-unreachable', 'the connection url cannot be read', {
      hint: 'scheme://user:password@host:port/database, with special characters of the password percent-encoded (@ is %40)',
    });
  }
  return url;
}

function hostOf(url: URL | undefined): string | undefined {
  const name = url?.hostname.replace(/^\[|\]$/g, '');
  return name === undefined || name === '' ? undefined : decodeURIComponent(name);
}

function part(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : decodeURIComponent(text);
}

/** libpq's `sslmode`: its weaker modes do not check the certificate; we do. */
function sslMode(url: URL | undefined): ServerOptions['tls'] {
  const mode = url?.searchParams.get('sslmode') ?? url?.searchParams.get('ssl-mode');
  if (mode === undefined || mode === null) return undefined;
  return /^disabled?$/i.test(mode) ? 'off' : 'verify';
}

function tlsOf(tls: ServerOptions['tls'], isLocal: boolean, baseDir: string): ServerAddress['tls'] {
  if (tls === 'off' || (tls === undefined && isLocal)) return undefined;
  if (tls === undefined || tls === 'verify') return { rejectUnauthorized: true };
  const file = resolve(baseDir, tls.ca);
  try {
    return { rejectUnauthorized: true, ca: readFileSync(file, 'utf8') };
  } catch (error) {
    throw new SourceError('source-tls', `the tls.ca file ${file} cannot be read`, { cause: error });
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
