/** The packages of OpenTelemetry, loaded only where traces are wanted. The one door to them. */
import { EXIT, FatalError } from '../errors.ts';

export type TracingPackages = {
  readonly api: typeof import('@opentelemetry/api');
  readonly resources: typeof import('@opentelemetry/resources');
  readonly sdk: typeof import('@opentelemetry/sdk-trace');
  readonly exporter: typeof import('@opentelemetry/exporter-trace-otlp-http');
};

const INSTALL =
  'npm i @opentelemetry/api@^1.10 @opentelemetry/resources@^3.1 @opentelemetry/sdk-trace@^3.1 @opentelemetry/exporter-trace-otlp-http@^0.301';

/** @throws FatalError `traces-package-missing` */
export const loadTracing = async (
  load: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<TracingPackages> => {
  try {
    const [api, resources, sdk, exporter] = await Promise.all([
      load('@opentelemetry/api'),
      load('@opentelemetry/resources'),
      load('@opentelemetry/sdk-trace'),
      load('@opentelemetry/exporter-trace-otlp-http'),
    ]);
    return { api, resources, sdk, exporter } as TracingPackages;
  } catch (cause) {
    throw new FatalError('traces-package-missing', 'traces are asked for, and their packages cannot be loaded', {
      hint: INSTALL,
      cause,
      exitCode: EXIT.config,
    });
  }
};
