/** Where this package stands, and its version. */
import { findPackageJSON } from 'node:module';
import { dirname } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };

export const PACKAGE_ROOT: string = dirname(findPackageJSON(import.meta.url) as string);
export const VERSION: string = manifest.version;
