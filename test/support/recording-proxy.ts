/** Stands before the sandbox and writes down what anyone on the way could read: request lines and headers, never bodies. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Seen = { readonly url: string; readonly headers: Readonly<Record<string, string>> };
export type RecordingProxy = {
  readonly url: string;
  readonly seen: () => readonly Seen[];
  readonly close: () => Promise<void>;
};

export const openRecordingProxy = async (target: string): Promise<RecordingProxy> => {
  const seen: Seen[] = [];
  const server = createServer((incoming, response) => {
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
    seen.push({ url: `${incoming.method} ${incoming.url}`, headers });
    const onward = request(
      `${target}${incoming.url}`,
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => seen,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
};
