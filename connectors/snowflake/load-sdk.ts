import type * as Sdk from 'snowflake-sdk';
import { loadDriver } from '../load-driver.ts';

export type SnowflakeSdk = Pick<typeof Sdk, 'createConnection' | 'configure'>;

export const DRIVER = { name: 'snowflake-sdk', versions: '3' };

/**
 * Switches of the client that it has as environment variables only; read when it is loaded, and in part at each sign-in. What the operator
 * has set stays. Without them it asks the clouds' metadata services where it runs, sends how the connection was configured, loads a native
 * module whose version it reports, and makes a folder for a cache.
 */
const SWITCHES: Readonly<Record<string, string>> = {
  SNOWFLAKE_DISABLE_PLATFORM_DETECTION: 'true',
  SF_TELEMETRY_DISABLE_CONNECTION_SHAPE: 'true',
  SNOWFLAKE_DISABLE_MINICORE: 'true',
  // Nothing can be made below a file, so the answers of OCSP responders stay in memory.
  SF_OCSP_RESPONSE_CACHE_DIR: `${process.execPath}/none`,
};

const unheard = (): void => undefined;

/** The client's own log would be a file, `snowflake.log`, with texts of statements and, of some numbers, values of rows. */
export function silence(sdk: SnowflakeSdk): void {
  sdk.configure({
    logLevel: 'OFF',
    additionalLogToConsole: false,
    customLogger: { error: unheard, warn: unheard, info: unheard, debug: unheard, trace: unheard },
  });
}

export async function loadSdk(): Promise<SnowflakeSdk> {
  for (const [name, value] of Object.entries(SWITCHES)) process.env[name] ??= value;
  const { default: sdk } = await loadDriver<{ default: SnowflakeSdk }>(DRIVER.name, { versions: DRIVER.versions });
  silence(sdk);
  return sdk;
}
