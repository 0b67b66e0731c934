/** A database of the shipped mappings' tests that is the stand-in of BigQuery. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBigquery } from './bigquery-server.ts';

/** @param dir the project's folder, which gets the key */
export const bigqueryMappingBed = async (dir: string) => {
  const standIn = await startBigquery();
  const { credentials, ...options } = standIn.options();
  writeFileSync(join(dir, 'bigquery.json'), String(credentials));
  const pairs = Object.entries(options).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return {
    connection: `{ connector: bigquery, ${pairs.join(', ')}, credentials: "\${file:bigquery.json}" }`,
    url: '',
    run: async (statements: readonly string[]): Promise<void> => {
      for (const statement of statements) {
        if (statement.startsWith('CREATE TABLE')) await standIn.execute(statement);
        else await standIn.insert(statement);
      }
    },
    close: standIn.close,
  };
};
