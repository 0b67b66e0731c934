/** vitest globalSetup: one PostgreSQL and one MySQL or MariaDB for all integration tests. */
import type { TestProject } from 'vitest/node';
import { startDatabases } from './databases.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
    mysqlUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const databases = await startDatabases({ postgres: true, mysql: true });
  console.log(`databases: ${databases.versions.join(', ')} (${databases.how})`);
  project.provide('postgresUrl', databases.postgresUrl);
  project.provide('mysqlUrl', databases.mysqlUrl);
  return databases.stop;
}
