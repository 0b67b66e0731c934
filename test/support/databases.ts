/**
 * Real servers for tests, crash tests and benchmarks: always ones that are started here, never one found running.
 * In this order: containers, where a Docker engine answers; private servers from local binaries; the same after
 * installing them on Debian as root.
 */
import { dockerAnswers, startContainer } from './databases-docker.ts';
import { installServers } from './databases-install.ts';
import { findBinaries, startLocal } from './databases-local.ts';

export type Engine = 'postgres' | 'mysql';

/** One running server. `url` is that of an administrator. */
export type Server = { readonly url: string; readonly version: string; readonly stop: () => Promise<void> };

export type Databases = {
  /** Undefined when not asked for. */
  readonly postgresUrl: string;
  readonly mysqlUrl: string;
  readonly how: string;
  readonly versions: readonly string[];
  readonly stop: () => Promise<void>;
};

/** The environment variables under which child processes and `freshPostgres`, `freshMysql` find the servers. */
export const urlVariables: Readonly<Record<Engine, string>> = {
  postgres: 'CAPI_TEST_POSTGRES_URL',
  mysql: 'CAPI_TEST_MYSQL_URL',
};

/** Starts what is wanted. Each wait is bounded; on failure whatever was started is stopped. A URL not asked for is ''. */
export async function startDatabases(wanted: {
  readonly postgres?: boolean;
  readonly mysql?: boolean;
}): Promise<Databases> {
  const engines = (['postgres', 'mysql'] as const).filter((engine) => wanted[engine] === true);
  const started: { engine: Engine; server: Server; how: string }[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.splice(0).map(({ server }) => server.stop()));
    for (const engine of engines) delete process.env[urlVariables[engine]];
  };
  try {
    const hasDocker = await dockerAnswers();
    for (const engine of engines) started.push({ engine, ...(await startOne(engine, hasDocker)) });
  } catch (error) {
    await stop();
    throw error;
  }
  for (const { engine, server } of started) process.env[urlVariables[engine]] = server.url;
  const urlOf = (engine: Engine): string => started.find((one) => one.engine === engine)?.server.url ?? '';
  return {
    postgresUrl: urlOf('postgres'),
    mysqlUrl: urlOf('mysql'),
    how: [...new Set(started.map(({ how }) => how))].join(' and '),
    versions: started.map(({ server }) => server.version),
    stop,
  };
}

async function startOne(engine: Engine, hasDocker: boolean): Promise<{ server: Server; how: string }> {
  const tried: string[] = [];
  if (hasDocker) {
    try {
      return { server: await startContainer(engine), how: 'containers' };
    } catch (error) {
      tried.push(`container: ${reason(error)}`);
    }
  } else {
    tried.push('no Docker engine answers');
  }
  try {
    if (findBinaries(engine) === undefined) {
      tried.push('no local binaries');
      await installServers();
    }
    return { server: await startLocal(engine), how: 'private local servers' };
  } catch (error) {
    tried.push(reason(error));
  }
  throw new Error(
    `no ${engine} server for the tests (${tried.join('; ')}): start Docker, or install postgresql and mariadb-server`,
  );
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
