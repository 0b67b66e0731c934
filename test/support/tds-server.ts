/**
 * A server that speaks TDS 7.4 to the vendor's own client, on loopback: a stand-in for SQL Server, which does not run here. What a statement gives is
 * the engine's matter (tds-engine.ts); here are the login, TLS within the pre-login, statements, errors and the attention that gives one up.
 */
import { createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import {
  databaseChange,
  doneAttention,
  doneBatch,
  doneProcedure,
  errorToken,
  type Login,
  loginAck,
  MESSAGE,
  type Message,
  messageReader,
  metadata,
  packets,
  preloginEncryption,
  preloginReply,
  type ResultColumn,
  type ResultValue,
  readBatch,
  readLogin,
  readRpc,
  rowToken,
  type Statement,
  type Trouble,
  tokenAck,
} from './tds-wire.ts';

export type Result = { readonly columns: readonly ResultColumn[]; readonly rows: readonly (readonly ResultValue[])[] };

/** A refusal by the server, told by its number. */
export class Refusal extends Error {
  readonly troubles: readonly Trouble[];
  constructor(...troubles: readonly Trouble[]) {
    super(troubles.map(({ number }) => `error ${number}`).join(', '));
    this.troubles = troubles;
  }
}

/** What a session of the server can do. Undefined: the statement gives no rows. */
export type ServerSession = {
  readonly execute: (statement: Statement) => Promise<Result | undefined>;
  readonly interrupt: () => void;
  readonly close: () => void;
};

export type TdsServerOptions = {
  /** @throws Refusal */
  readonly open: (login: Login) => Promise<ServerSession>;
  readonly tls?: { readonly key: string; readonly cert: string };
};

export type TdsServer = {
  readonly port: number;
  /** Every statement that came, in order. */
  readonly statements: Statement[];
  readonly logins: Login[];
  /** How often a client gave a statement up. */
  readonly attentions: () => number;
  /** Ends every connection, as a server that is stopped does. */
  readonly cut: () => void;
  readonly close: () => Promise<void>;
};

export const startTdsServer = async ({ open, tls }: TdsServerOptions): Promise<TdsServer> => {
  const sockets = new Set<Socket>();
  const statements: Statement[] = [];
  const logins: Login[] = [];
  let attentions = 0;

  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    let session: ServerSession | undefined;
    let running: Promise<void> | undefined;
    let write = (data: Buffer): void => void socket.write(data);
    const reply = (...tokens: readonly Buffer[]): void => write(packets(MESSAGE.reply, Buffer.concat(tokens)));

    const logIn = async (data: Buffer): Promise<void> => {
      const login = readLogin(data);
      logins.push(login);
      try {
        session = await open(login);
        reply(
          loginAck(),
          databaseChange(login.database || 'master'),
          ...(login.token === undefined ? [] : [tokenAck()]),
          doneBatch(false),
        );
      } catch (error) {
        reply(...troublesOf(error).map(errorToken), doneBatch(true));
        socket.end();
      }
    };

    let isGivenUp = false;
    const execute = async (statement: Statement, isRpc: boolean): Promise<void> => {
      statements.push(statement);
      const end = (rows: number | undefined, failed = false): Buffer =>
        isRpc ? doneProcedure(rows, failed) : doneBatch(failed);
      try {
        const result = await session!.execute(statement);
        if (isGivenUp) return;
        if (result === undefined) return reply(end(undefined));
        const { columns, rows } = result;
        reply(metadata(columns), ...rows.map((row) => rowToken(columns, row)), end(rows.length));
      } catch (error) {
        if (!isGivenUp) reply(...troublesOf(error).map(errorToken), end(undefined, true));
      }
    };

    const take = async ({ type, ignore, data }: Message): Promise<void> => {
      if (type === MESSAGE.login) return logIn(data);
      if (type === MESSAGE.attention) {
        attentions += 1;
        isGivenUp = true;
        session?.interrupt();
        await running;
        isGivenUp = false;
        return reply(doneAttention());
      }
      if (ignore) return reply(doneBatch(false));
      if (type !== MESSAGE.batch && type !== MESSAGE.rpc) throw new Error(`a message of type ${type}`);
      running = execute(type === MESSAGE.rpc ? readRpc(data) : readBatch(data), type === MESSAGE.rpc);
      await running;
    };
    const read = messageReader((message) => {
      take(message).catch(() => socket.destroy());
    });

    const greet = messageReader(({ data }) => {
      const wants = preloginEncryption(data);
      const isSecure = tls !== undefined && wants === 1;
      write(packets(MESSAGE.reply, preloginReply(isSecure ? 1 : 2)));
      socket.off('data', greet);
      if (!isSecure) return void socket.on('data', read);
      const secured = secure(socket, tls);
      secured.on('data', read);
      write = (bytes) => void secured.write(bytes);
    });
    socket.on('data', greet);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      session?.interrupt();
      void Promise.resolve(running).then(() => session?.close());
    });
  };

  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    statements,
    logins,
    attentions: () => attentions,
    cut,
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const troublesOf = (error: unknown): readonly Trouble[] =>
  error instanceof Refusal
    ? error.troubles
    : [{ number: 50_000, severity: 16, text: error instanceof Error ? error.message : String(error) }];

/**
 * TLS whose handshake travels within pre-login packets. When the client has finished it, its next record comes bare, and so do ours from then on.
 * TLS 1.2, because 1.3 sends tickets after the handshake, which would still be wrapped.
 */
const secure = (socket: Socket, { key, cert }: { readonly key: string; readonly cert: string }): TLSSocket => {
  let isBare = false;
  const inner = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, next) => {
      socket.write(isBare ? chunk : packets(MESSAGE.prelogin, chunk), () => next());
    },
    writev: (chunks, next) => {
      const all = Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer));
      socket.write(isBare ? all : packets(MESSAGE.prelogin, all), () => next());
    },
  });
  const unwrap = messageReader(({ data }) => inner.push(data));
  socket.on('data', (chunk) => {
    if (!isBare && chunk[0] !== MESSAGE.prelogin) isBare = true;
    if (isBare) inner.push(chunk);
    else unwrap(chunk);
  });
  socket.on('close', () => inner.destroy());
  const secured = new TLSSocket(inner, { isServer: true, key, cert, maxVersion: 'TLSv1.2' });
  secured.on('error', () => socket.destroy());
  return secured;
};
