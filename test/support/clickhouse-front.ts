/**
 * The program of `startClickhouse`: ClickHouse's engine, as a library, behind as much of its HTTP interface as a client needs. SQL, settings,
 * parameters, limits, read-only sessions, system tables and KILL QUERY are the engine's; the listening, the login and the framing of results are ours.
 */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';

type Chunk = { raw(): Uint8Array };
type Stream = AsyncIterable<Chunk> & { cancel(): void };
type Session = {
  query(sql: string, format?: string): string;
  queryAsync(sql: string, options?: { format?: string }): Promise<{ bytes(): Uint8Array }>;
  queryStream(sql: string, options?: { format?: string }): Stream;
  close(): void;
};
type User = { readonly password: string; readonly profile: Readonly<Record<string, string>> };

const [folder = '', engine = '', given = '{}'] = process.argv.slice(2);
const users = JSON.parse(given) as Record<string, User>;
const { Session } = createRequire(`${engine}/`)('chdb') as { Session: new (path: string) => Session };
new Session(folder); // Stays open: the engine ends with its last session.

/** How each query ended that did not come to its own end. */
const ended: { readonly id: string; readonly by: 'kill' | 'close' }[] = [];

const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const notSettings = new Set(['query_id', 'database', 'query', 'session_id', 'default_format', 'user', 'password']);

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function userOf(request: IncomingMessage): User {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const [name = '', ...password] = Buffer.from(basic ?? '', 'base64')
    .toString()
    .split(':');
  const user = users[name];
  if (user !== undefined && user.password === password.join(':')) return user;
  throw new Refusal(
    403,
    `Code: 516. DB::Exception: ${name}: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED) (version 26.7.2.1)`,
  );
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** A session of its own for each request, as a server has without session_id; settings in one statement, so that `readonly` forbids none of the others. */
function opened({ profile }: User, parameters: URLSearchParams): Session {
  const session = new Session(folder);
  try {
    const database = parameters.get('database');
    if (database !== null) session.query(`USE \`${database}\``);
    const set = (settings: readonly (readonly [string, string])[]): void => {
      if (settings.length > 0)
        session.query(`SET ${settings.map(([name, value]) => `${name} = ${literal(value)}`).join(', ')}`);
    };
    const all = [...parameters].filter(([name]) => !notSettings.has(name));
    set(all.filter(([name]) => name.startsWith('param_')));
    set(Object.entries(profile));
    set(all.filter(([name]) => !name.startsWith('param_')));
    return session;
  } catch (error) {
    session.close();
    throw error;
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { searchParams } = new URL(request.url ?? '/', 'http://front');
  const text = await bodyOf(request);
  const id = searchParams.get('query_id') ?? randomUUID();
  const session = opened(userOf(request), searchParams);
  let isOpen = true;
  try {
    const [, statement = text, format = 'TabSeparated'] = /^(.*?)\s*\bFORMAT\s+(\w+)\s*;?\s*$/s.exec(text) ?? [];
    // The engine gives each query an id of its own: ours rides in the text, where its own system.processes shows it.
    const tagged = `/*front:${id}*/ ${statement.replace(/\bquery_id(?= = \{id)/, "extract(query, 'front:([0-9a-f-]+)')")}`;
    const tag = randomUUID().replaceAll('-', '').slice(0, 16);
    const head = { 'X-ClickHouse-Query-Id': id, 'X-ClickHouse-Exception-Tag': tag, 'Content-Type': 'text/plain' };
    if (!/^\s*(SELECT|WITH)\b/i.test(statement)) {
      const result = await session.queryAsync(tagged, { format });
      response.writeHead(200, head).end(Buffer.from(result.bytes()));
      return;
    }
    const stream = session.queryStream(tagged, { format });
    const endsWithClient =
      searchParams.get('cancel_http_readonly_queries_on_client_close') === '1' && searchParams.get('readonly') !== '0';
    const gone = once(response, 'close').then(() => {
      isOpen = false;
      if (response.writableFinished) return;
      ended.push({ id, by: 'close' });
      if (endsWithClient) stream.cancel();
    });
    void gone.catch(() => undefined);
    let isBegun = false;
    try {
      for await (const chunk of stream) {
        if (!isOpen) return;
        if (!isBegun) response.writeHead(200, head);
        isBegun = true;
        if (!response.write(Buffer.from(chunk.raw()))) await Promise.race([once(response, 'drain'), gone]);
      }
    } catch (error) {
      if (codeOf(error) === '394') ended.push({ id, by: 'kill' });
      if (!isBegun) throw error;
      const message = `${messageOf(error)}\n`;
      response.end(
        `\r\n__exception__\r\n${tag}\r\n${message}${Buffer.byteLength(message)} ${tag}\r\n__exception__\r\n`,
      );
      return;
    }
    if (!isBegun) response.writeHead(200, head);
    response.end();
  } finally {
    session.close();
  }
}

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^.*?(?=Code: \d+)/s, '');
const codeOf = (error: unknown): string => /Code: (\d+)\./.exec(messageOf(error))?.[1] ?? '0';
const statuses: Readonly<Record<string, number>> = { 60: 404, 81: 404, 497: 403, 62: 400, 47: 404, 159: 408 };

const server = createServer((request, response) => {
  if (request.url === '/front/ended') {
    response.end(JSON.stringify(ended));
    return;
  }
  answer(request, response).catch((error: unknown) => {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const status = error instanceof Refusal ? error.status : (statuses[codeOf(error)] ?? 500);
    response.writeHead(status, { 'X-ClickHouse-Exception-Code': codeOf(error) }).end(`${messageOf(error)}\n`);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
});
// Nobody is left to end it.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
