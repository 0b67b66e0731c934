import { SourceError } from './connector.ts';

/**
 * The module of a driver or client, loaded on use: who reads PostgreSQL does not need mysql2. A missing one is an error that says what to install.
 * @param versions of an optional one, as npm takes them: `3`, `^1.5`
 */
export async function loadDriver<Module>(
  name: string,
  {
    versions,
    load = (specifier) => import(specifier),
  }: { versions?: string; load?: (name: string) => Promise<unknown> } = {},
): Promise<Module> {
  try {
    return (await load(name)) as Module;
  } catch (error) {
    throw new SourceError('source-driver-missing', `the driver "${name}" is not installed or cannot be loaded`, {
      hint: `npm i ${versions === undefined ? name : `${name}@${versions}`}`,
      cause: error,
    });
  }
}

/** Whether it is there to be loaded. Nothing of it is run. */
export function hasDriver(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}
