/** NODE_TLS_REJECT_UNAUTHORIZED=0 is a common way out of trouble with certificates, and would give the token to whoever stands in between. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostEvents } from '../../../src/load/post-events.ts';
import { readDataset } from '../../../src/load/read-dataset.ts';

let server: Server;
let target: Parameters<typeof openPostEvents>[0];
const seen: (string | undefined)[] = [];

/** A certificate that nobody vouches for. */
const certificate = (): { key: string; cert: string } => {
  const dir = mkdtempSync(join(tmpdir(), 'capi-sync-tls-'));
  try {
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
    const args = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost';
    execFileSync('openssl', [...args.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

beforeAll(async () => {
  server = createServer(certificate(), (request, response) => {
    seen.push(request.headers.authorization);
    response.end('{"events_received":1}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  target = {
    baseUrl: `https://localhost:${(server.address() as AddressInfo).port}`,
    apiVersion: 'v25.0',
    datasetId: '1234567890',
    accessToken: 'EAAtoken',
    timeoutMs: 5000,
    connections: 1,
  };
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
});
afterAll(() => {
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  server.close();
});

describe('a certificate that nobody vouches for', () => {
  it('gets neither events nor token, though the environment turns the check off', async () => {
    const post = openPostEvents(target);
    const reply = await post([Buffer.from('{}')], new AbortController().signal);
    await post.close();
    expect(reply).toMatchObject({ kind: 'error', class: 'config', maybeProcessed: false });
    expect(await readDataset(target, new AbortController().signal)).toMatchObject({ kind: 'error', class: 'config' });
    expect(seen).toEqual([]);
  });
});
