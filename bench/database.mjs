/**
 * The PostgreSQL of the benchmark: the one at `url`, or a private one, started for this run and removed after it.
 * Resolves to its URL and to what ends it.
 */
export const openDatabase = async (url) => {
  if (url !== undefined) return { url, close: async () => {} };
  // The tests' own way to a private server, so that there is one.
  const { startDatabases } = await import('../test/support/databases.ts');
  const { postgresUrl, versions, how, stop } = await startDatabases({ postgres: true });
  console.error(`${versions.join(', ')} (${how})`);
  return { url: postgresUrl, close: stop };
};
