/**
 * Builds dist/, from the root of the project: few files instead of a thousand, and the schemas compiled, so that a command starts in half the
 * time. Workers are entries of their own; whatever they share is in chunks beside them, all in one folder.
 */
import { readFileSync } from 'node:fs';
import { build } from 'rolldown';
import { buildPage } from './build-page.ts';
import { compileValidators } from './compile-validators.ts';
import { INLINED } from './inlined-packages.ts';
import { thirdPartyNotices } from './third-party-notices.ts';

const { dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  'dependencies' | 'peerDependencies',
  Record<string, string>
>;
const outside = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !INLINED.includes(name));

/** Of knex, what connectors and the state ask for, and what these are made of. */
const DIALECTS = ['./better-sqlite3', './mssql', './mysql2', './postgres', '../util/helpers'];
/** Drivers that knex's dialects would load and that ours replace. */
const OTHER_DRIVERS = ['sqlite3', 'mysql'];

await build({
  input: {
    start: 'src/cli/start.ts',
    'map-thread': 'src/sync/map-thread.ts',
    'state-thread': 'src/state/state-thread.ts',
  },
  platform: 'node',
  external: (id) =>
    OTHER_DRIVERS.includes(id) ||
    (outside.some((name) => id === name || id.startsWith(`${name}/`)) && !id.startsWith('ajv/dist/runtime/')),
  output: { dir: 'dist', format: 'esm', chunkFileNames: '[name]-[hash].js', cleanDir: true },
  plugins: [
    {
      name: 'knex-dialects-in-use',
      resolveId: (id, importer) =>
        importer?.endsWith('/knex/lib/dialects/index.js') && !DIALECTS.includes(id) ? '\0no-dialect' : null,
      load: (id) => (id === '\0no-dialect' ? { code: 'export {};', moduleType: 'js' } : null),
    },
    {
      name: 'compiled-validators',
      load: async (id) =>
        id.endsWith('/src/config/compiled-validators.ts')
          ? { code: await compileValidators(), moduleType: 'js' }
          : null,
    },
    {
      name: 'third-party-notices',
      generateBundle(_, bundle) {
        const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
        this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-NOTICES.txt', source: thirdPartyNotices(modules) });
      },
    },
  ],
});
await buildPage('dist/page');
