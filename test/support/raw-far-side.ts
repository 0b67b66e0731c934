/** A far side that speaks bytes, not HTTP: one TCP server, each request played by the cell that its dataset id names. */
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** How the bytes of an answer come. */
export type Play =
  | { readonly kind: 'answer'; readonly bytes: Buffer; readonly headAfterMs?: number; readonly bodyAfterMs?: number }
  | { readonly kind: 'reset' | 'close'; readonly when: 'at-once' | 'after-request'; readonly bytes?: Buffer };

export type RawCell = {
  readonly play: Play;
  /** Whether the events count as processed although the answer is what it is. */
  readonly stores: boolean;
};

export type RawFarSide = {
  readonly url: string;
  readonly port: number;
  /** From now on this cell answers as the Conversions API does. */
  readonly heal: (cell: number) => void;
  /** event_id → how often it was processed. */
  readonly processed: (cell: number) => ReadonlyMap<string, number>;
  readonly close: () => Promise<void>;
};

export const answerBytes = (status: number, body: Buffer | string, headers: readonly string[] = []): Buffer => {
  const bytes = Buffer.from(body as string);
  const length = status === 204 ? [] : [`content-length: ${bytes.length}`];
  const head = [`HTTP/1.1 ${status} X`, 'content-type: application/json', 'connection: close', ...length, ...headers];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), status === 204 ? Buffer.alloc(0) : bytes]);
};

/** The first byte of a client that speaks TLS. */
const TLS_HANDSHAKE = 0x16;
const HEAD_END = Buffer.from('\r\n\r\n');

export const openRawFarSide = async (cells: readonly RawCell[]): Promise<RawFarSide> => {
  const healed = new Set<number>();
  const stored = cells.map(() => new Map<string, number>());
  const open = new Set<Socket>();

  const store = (cell: number, body: string): number => {
    const ids = (JSON.parse(body) as { data: { event_id: string }[] }).data.map(({ event_id: id }) => id);
    for (const id of ids) stored[cell]?.set(id, (stored[cell].get(id) ?? 0) + 1);
    return ids.length;
  };
  const play = (socket: Socket, cell: number, body: string): void => {
    const what = cells[cell];
    if (what === undefined || healed.has(cell)) {
      const count = store(cell, body);
      socket.end(answerBytes(200, JSON.stringify({ events_received: count })));
      return;
    }
    if (what.stores) store(cell, body);
    const { play: how } = what;
    if (how.kind !== 'answer') {
      if (how.bytes) socket.write(how.bytes);
      // What was written must have gone before the reset comes.
      setTimeout(() => (how.kind === 'reset' ? socket.resetAndDestroy() : socket.end()), how.bytes ? 20 : 0);
      return;
    }
    const headEnd = how.bytes.indexOf(HEAD_END) + HEAD_END.length;
    setTimeout(() => {
      socket.write(how.bytes.subarray(0, headEnd));
      setTimeout(() => socket.end(how.bytes.subarray(headEnd)), how.bodyAfterMs ?? 0);
    }, how.headAfterMs ?? 0);
  };

  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    let got = Buffer.alloc(0);
    let isDone = false;
    socket.on('data', (chunk) => {
      if (isDone) return;
      got = Buffer.concat([got, chunk]);
      if (got[0] === TLS_HANDSHAKE) {
        isDone = true;
        socket.end(answerBytes(400, 'plain HTTP was sent to an HTTPS port, or the other way round'));
        return;
      }
      const headEnd = got.indexOf(HEAD_END);
      if (headEnd === -1) return;
      const head = got.subarray(0, headEnd).toString();
      const cell = Number(/^POST \/v[\d.]+\/(\d+)\/events/.exec(head)?.[1]);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      const how = cells[cell]?.play;
      if (how && how.kind !== 'answer' && how.when === 'at-once' && !healed.has(cell)) {
        isDone = true;
        if (how.kind === 'reset') socket.resetAndDestroy();
        else socket.end();
        return;
      }
      if (got.length < headEnd + HEAD_END.length + length) return;
      isDone = true;
      play(socket, cell, got.subarray(headEnd + HEAD_END.length).toString());
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    heal: (cell) => void healed.add(cell),
    processed: (cell) => stored[cell] ?? new Map(),
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
};
