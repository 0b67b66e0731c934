import { readFileSync } from 'node:fs';
import { type Agent, request } from 'node:https';
import { resolve } from 'node:path';
import { SourceError } from '../connector.ts';
import type { DatabricksOptions } from './options.ts';

export type SignIn = {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly ca: string | undefined;
  /** What a message calls the place: `Databricks at dbc-1.cloud.databricks.com`. */
  readonly label: string;
  /** The header of a request now. Throws an error with `statusCode`, or one of the network. */
  readonly authorization: (agent: Agent) => Promise<string>;
};

/** Seconds before its end in which a token is no longer used. */
const MARGIN_SECONDS = 60;
const ANSWER_MS = 30_000;

/** Reads the options; asks nobody. @throws SourceError for one that is missing */
export function signIn(options: DatabricksOptions, baseDir: string): SignIn {
  const { host, token, client_id: id, client_secret: secret, port = 443 } = options;
  const isPrincipal = id !== undefined && secret !== undefined;
  if ((token === undefined) === !isPrincipal)
    throw new SourceError('source-login-failed', 'a connection to Databricks needs one way to sign in', {
      hint: 'client_id and client_secret of a service principal, or a token; not both',
    });
  const place = {
    host,
    port,
    path: options.http_path,
    ca: readCa(options.ca, baseDir),
    label: `Databricks at ${host}`,
  };
  if (!isPrincipal) return { ...place, authorization: async () => `Bearer ${token}` };
  let known: { readonly token: Promise<string>; until: number } | undefined;
  return {
    ...place,
    authorization: async (agent) => {
      if (known === undefined || known.until < Date.now()) {
        const asked = askForToken({ host, port, id, secret, agent });
        const next = { token: asked.then((answer) => answer.token), until: Number.POSITIVE_INFINITY };
        known = next;
        asked.then(
          ({ seconds }) => {
            next.until = Date.now() + (seconds - MARGIN_SECONDS) * 1000;
          },
          () => {
            if (known === next) known = undefined;
          },
        );
      }
      return `Bearer ${await known.token}`;
    },
  };
}

function readCa(file: string | undefined, baseDir: string): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(resolve(baseDir, file), 'utf8');
  } catch (error) {
    throw new SourceError('source-tls', `the certificate authority ${file} cannot be read`, {
      hint: 'ca is a path relative to the config file',
      cause: error,
    });
  }
}

type Asked = {
  readonly host: string;
  readonly port: number;
  readonly id: string;
  readonly secret: string;
  readonly agent: Agent;
};

/** Client credentials: https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m, read 2026-11-30. */
async function askForToken({ host, port, id, secret, agent }: Asked): Promise<{ token: string; seconds: number }> {
  const body = 'grant_type=client_credentials&scope=all-apis';
  const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64');
  const answer = await new Promise<string>((done, failed) => {
    const asked = request(
      {
        host,
        port,
        agent,
        path: '/oidc/v1/token',
        method: 'POST',
        timeout: ANSWER_MS,
        headers: {
          Authorization: `Basic ${basic}`,
          'Content-Type': 'application/x-www-form-urlencoded',
          'Content-Length': body.length,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.once('error', failed);
        response.once('end', () => {
          const status = response.statusCode ?? 0;
          // Wrong credentials are a 400 or a 401, by RFC 6749, section 5.2.
          if (status !== 200)
            failed(Object.assign(new Error('no token'), { statusCode: status === 400 ? 401 : status }));
          else done(text);
        });
      },
    );
    asked.once('error', failed);
    asked.once('timeout', () => asked.destroy(Object.assign(new Error('timeout exceeded'), { name: 'TimeoutError' })));
    asked.end(body);
  });
  return readToken(answer);
}

function readToken(text: string): { token: string; seconds: number } {
  const { access_token: token, expires_in: seconds } = JSON.parse(text) as Record<string, unknown>;
  if (typeof token !== 'string') throw Object.assign(new Error('no token'), { statusCode: 401 });
  return { token, seconds: typeof seconds === 'number' ? seconds : 3600 };
}
