import { SourceError } from '../connector.ts';

/**
 * Makes sure that a driver is installed, before knex looks for it and fails in its own words.
 * Drivers are loaded when a connection is opened: who reads PostgreSQL does not need mysql2.
 */
export async function loadDriver(
  name: string,
  load: (name: string) => Promise<unknown> = (specifier) => import(specifier),
): Promise<void> {
  try {
    await load(name);
  } catch (error) {
    throw new SourceError('source-driver-missing', `the driver "${name}" is not installed or cannot be loaded`, {
      hint: `npm i ${name}`,
      cause: error,
    });
  }
}
