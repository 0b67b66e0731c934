/** A wire to a database that can be cut, shut and frozen, without touching the server that others use. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type WireGate = {
  /** The URL of the server, by way of here. */
  readonly url: string;
  /** Ends every connection. @returns how many there were */
  readonly cut: () => number;
  /** Cuts, and takes no new connection, until `open`. */
  readonly shut: () => void;
  /** Nothing passes in either direction, and nobody is told: as when a cable is pulled. */
  readonly freeze: () => void;
  readonly open: () => void;
  readonly close: () => Promise<void>;
};

export const openGate = async (target: string): Promise<WireGate> => {
  const { hostname, port } = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  let isShut = false;
  let isFrozen = false;
  const server = createServer((near) => {
    near.on('error', () => undefined);
    if (isShut) return near.resetAndDestroy();
    const far = connect(Number(port), hostname).on('error', () => near.destroy());
    const pair = [near, far] as const;
    pairs.add(pair);
    near.pipe(far).pipe(near);
    if (isFrozen) for (const socket of pair) socket.unpipe();
    for (const socket of pair)
      socket.on('close', () => {
        pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cut = (): number => {
    const { size } = pairs;
    for (const [near, far] of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
    return size;
  };
  return {
    url: url.toString(),
    cut,
    shut: () => {
      isShut = true;
      cut();
    },
    freeze: () => {
      isFrozen = true;
      for (const pair of pairs) for (const socket of pair) socket.unpipe();
    },
    open: () => {
      isShut = false;
      if (isFrozen) for (const [near, far] of pairs) near.pipe(far).pipe(near);
      isFrozen = false;
    },
    close: () =>
      new Promise((done) => {
        isShut = true;
        cut();
        server.close(() => done());
      }),
  };
};
