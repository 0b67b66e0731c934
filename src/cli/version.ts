/** Where this package stands, and its version: the sources are two levels below its root, the built files three. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const require = createRequire(import.meta.url);
const manifest = require.resolve(
  import.meta.url.includes('/dist/src/') ? '../../../package.json' : '../../package.json',
);

export const PACKAGE_ROOT: string = dirname(manifest);
export const VERSION: string = (require(manifest) as { version: string }).version;
