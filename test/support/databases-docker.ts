import { connect } from 'node:net';
import type { Engine, Server } from './databases.ts';
import { serverVersion } from './databases-fresh.ts';

const images: Readonly<Record<Engine, string>> = { postgres: 'postgres:17-alpine', mysql: 'mysql:8.4' };
const password = 'capi-test';

/** Whether an engine answers within two seconds, at DOCKER_HOST or the usual socket. */
export async function dockerAnswers(): Promise<boolean> {
  const host = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
  if (!URL.canParse(host)) return false;
  const url = new URL(host);
  const address =
    url.protocol === 'unix:' ? { path: url.pathname } : { host: url.hostname, port: Number(url.port || 2375) };
  return new Promise((resolve) => {
    const socket = connect(address);
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2000, () => finish(false));
    socket.on('error', () => finish(false));
    socket.on('connect', () => socket.write('GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n'));
    socket.on('data', (data) => finish(/^HTTP\/1\.[01] 200/.test(data.toString('latin1'))));
    socket.on('close', () => finish(false));
  });
}

export async function startContainer(engine: Engine): Promise<Server> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const isPostgres = engine === 'postgres';
  const port = isPostgres ? 5432 : 3306;
  const container = await new GenericContainer(images[engine])
    .withEnvironment(isPostgres ? { POSTGRES_PASSWORD: password } : { MYSQL_ROOT_PASSWORD: password })
    .withCommand(
      isPostgres
        ? ['postgres', '-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'max_connections=200']
        : ['mysqld', '--innodb-flush-log-at-trx-commit=0', '--skip-log-bin', '--max-connections=200'],
    )
    .withTmpFs(isPostgres ? { '/var/lib/postgresql/data': 'rw' } : { '/var/lib/mysql': 'rw' })
    .withExposedPorts(port)
    // Both images start once to set themselves up and then again: the line counts the second time.
    .withWaitStrategy(
      isPostgres
        ? Wait.forLogMessage(/database system is ready to accept connections/, 2)
        : Wait.forLogMessage(/ready for connections.*port: 3306/),
    )
    .withStartupTimeout(150_000)
    .start();
  const user = isPostgres ? 'postgres' : 'root';
  const database = isPostgres ? 'postgres' : 'mysql';
  const url = `${engine}://${user}:${password}@${container.getHost()}:${container.getMappedPort(port)}/${database}`;
  const stop = async (): Promise<void> => {
    await container.stop({ timeout: 10_000 });
  };
  try {
    return { url, version: await serverVersion(engine, url), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
