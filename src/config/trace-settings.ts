/**
 * Whether traces are wanted, and where they go: by `traces` in config.yaml, and by the standard variables of OpenTelemetry for what it leaves out.
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/ and /configuration/sdk-environment-variables/ (2026-11-30)
 */
import type { Static } from 'typebox';
import type { Environment } from './environment.ts';
import { type Secret, secret } from './secret.ts';
import type { TracesSchema } from './traces-schema.ts';

export type TraceSettings = {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, Secret>>;
  /** Share of the runs, 0 to 1. */
  readonly ratio: number;
  /** Whoever asks for a run may decide whether it is traced. */
  readonly followsParent: boolean;
  /** `service.name` and whatever else tells this process apart. */
  readonly resource: Readonly<Record<string, string>>;
  /** By config.yaml: then what is missing is an error. A variable that is set for a whole cluster only asks. */
  readonly isRequired: boolean;
  /** Why the variables cannot be followed, in our words; nothing is traced then. */
  readonly problem: string | undefined;
};

const DEFAULT_ENDPOINT = 'http://localhost:4318';
const PATH = '/v1/traces';

/** @returns undefined: nothing is traced, and nothing is loaded */
export const traceSettings = (
  file: Static<typeof TracesSchema> | undefined,
  environment: Environment,
): TraceSettings | undefined => {
  const read = (name: string): string | undefined => environment[name]?.trim() || undefined;
  if (read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined;
  const exporters = read('OTEL_TRACES_EXPORTER')
    ?.split(',')
    .map((each) => each.trim());
  if (exporters && !exporters.includes('otlp')) return undefined;
  const [own, shared] = [read('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'), read('OTEL_EXPORTER_OTLP_ENDPOINT')];
  if (!file && !exporters && own === undefined && shared === undefined) return undefined;
  const protocol = read('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? read('OTEL_EXPORTER_OTLP_PROTOCOL');
  const endpoint = file?.endpoint === undefined ? (own ?? under(shared ?? DEFAULT_ENDPOINT)) : whole(file.endpoint);
  const isPlain = URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol);
  const sampling = sampler(read('OTEL_TRACES_SAMPLER'), read('OTEL_TRACES_SAMPLER_ARG'));
  return {
    endpoint,
    headers: secrets({
      ...pairs(read('OTEL_EXPORTER_OTLP_HEADERS')),
      ...pairs(read('OTEL_EXPORTER_OTLP_TRACES_HEADERS')),
      ...file?.headers,
    }),
    ratio: file?.ratio ?? sampling.ratio,
    followsParent: file?.ratio !== undefined || sampling.followsParent,
    resource: {
      'service.name': 'capi-sync',
      ...pairs(read('OTEL_RESOURCE_ATTRIBUTES')),
      ...named(file?.service_name ?? read('OTEL_SERVICE_NAME')),
    },
    isRequired: file !== undefined,
    problem:
      protocol === 'grpc' && file?.endpoint === undefined
        ? 'traces go by OTLP over HTTP only, and OTEL_EXPORTER_OTLP_PROTOCOL asks for grpc'
        : isPlain
          ? undefined
          : 'the endpoint for traces is no http or https URL',
  };
};

const named = (name: string | undefined): Record<string, string> =>
  name === undefined ? {} : { 'service.name': name };

/** The address of a collector, with or without a slash at its end. */
const under = (base: string): string => `${base.replace(/\/+$/, '')}${PATH}`;

/** A URL that a person wrote: with its path, or the collector's address alone. */
const whole = (url: string): string => (/^https?:\/\/[^/]+\/?$/.test(url) ? under(url) : url);

/** `a=1,b=2`, percent-encoded. What is no pair is left out. */
const pairs = (text: string | undefined): Record<string, string> =>
  Object.fromEntries(
    (text ?? '').split(',').flatMap((pair) => {
      const [, name, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      return name === undefined || value === undefined ? [] : [[name, decoded(value)]];
    }),
  );

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const secrets = (headers: Readonly<Record<string, string>>): Record<string, Secret> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, secret(value)]));

/** An unknown sampler is taken for the standard one, as the specification has it. */
const sampler = (
  name = 'parentbased_always_on',
  argument: string | undefined,
): { readonly ratio: number; readonly followsParent: boolean } => {
  const [, parent, kind] = /^(parentbased_)?(always_on|always_off|traceidratio)$/.exec(name) ?? [];
  const given = Number(argument ?? 1);
  const share = given >= 0 && given <= 1 ? given : 1;
  const ratio = kind === 'always_off' ? 0 : kind === 'traceidratio' ? share : 1;
  return { ratio, followsParent: kind === undefined || parent !== undefined };
};
