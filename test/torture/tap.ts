/** A wire between a process and the far side, with a hand on it: the connection, the request and the answer can each be the last thing that happens. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Moment = 'connection' | 'request' | 'answer';
export type Tap = {
  readonly url: string;
  /** Resolves at the nth such moment from now on, which does not pass: not to the far side, not back. */
  readonly stopAt: (moment: Moment, nth: number) => Promise<void>;
  /** Everything passes again. */
  readonly open: () => void;
  readonly close: () => Promise<void>;
};

export const openTap = async (target: string): Promise<Tap> => {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let armed: { moment: Moment; left: number; hit: () => void } | undefined;
  let isShut = false;

  /** Whether it passes. */
  const passes = (moment: Moment): boolean => {
    if (isShut) return false;
    if (armed?.moment !== moment) return true;
    armed.left -= 1;
    if (armed.left > 0) return true;
    isShut = true;
    armed.hit();
    return false;
  };
  const server = createServer((near) => {
    sockets.add(near);
    near.on('error', () => undefined).on('close', () => sockets.delete(near));
    if (!passes('connection')) return;
    const far = connect(Number(port), hostname);
    sockets.add(far);
    far
      .on('error', () => near.destroy())
      .on('close', () => {
        sockets.delete(far);
        near.end();
      });
    near.on('close', () => far.destroy());
    // A request's head comes in one piece, and an answer is one: keep-alive connections carry one of each at a time.
    near.on('data', (bytes: Buffer) => {
      if (isShut || (bytes.subarray(0, 5).toString('latin1') === 'POST ' && !passes('request'))) return;
      far.write(bytes);
    });
    far.on('data', (bytes: Buffer) => {
      if (isShut || (bytes.subarray(0, 5).toString('latin1') === 'HTTP/' && !passes('answer'))) return;
      near.write(bytes);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stopAt: (moment, nth) =>
      new Promise((hit) => {
        armed = { moment, left: nth, hit };
      }),
    open: () => {
      armed = undefined;
      isShut = false;
    },
    close: () =>
      new Promise((done) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => done());
      }),
  };
};
