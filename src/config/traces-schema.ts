// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import Type from 'typebox';
import { closed, text } from './value-schemas.ts';

/** Where OpenTelemetry traces go. What is left out is taken from the standard OTEL_* variables (`trace-settings.ts`). */
export const TracesSchema = closed(
  {
    endpoint: Type.Optional(
      Type.String({
        pattern: '^https?://[^\\s/?#]+(?:/[^\\s?#]*)?$',
        title: 'an http or https URL',
        description:
          'Where spans are posted, by OTLP over HTTP. Without a path: `/v1/traces` there. Left out: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT`, else `http://localhost:4318/v1/traces`.',
        examples: ['http://127.0.0.1:4318'],
      }),
    ),
    headers: Type.Optional(
      Type.Unsafe<Record<string, string>>({
        type: 'object',
        patternProperties: {
          '^[A-Za-z0-9][A-Za-z0-9-]*$': Type.String({ pattern: '^[\\x20-\\x7e]+$', title: 'the text of a header' }),
        },
        additionalProperties: false,
        description: 'Headers of each request, such as a token. Their values by reference only.',
        examples: [{ 'x-api-key': '${TRACES_KEY}' }],
      }),
    ),
    ratio: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        title: 'a number from 0 to 1',
        description:
          'Share of the runs that are traced, where nobody who asked for the run decided it. Left out: `OTEL_TRACES_SAMPLER`, else all.',
        examples: [0.1],
      }),
    ),
    service_name: Type.Optional(
      text('What the traces are told apart by. Left out: `OTEL_SERVICE_NAME`, else `capi-sync`.', {
        examples: ['capi-sync-eu'],
      }),
    ),
  },
  {
    description:
      'OpenTelemetry traces: a span for each run, page, batch, request and write to the state. Needs packages that are not installed with capi-sync (docs/operations.md).',
  },
);
