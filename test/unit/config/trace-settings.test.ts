import { describe, expect, it } from 'vitest';
import { traceSettings } from '../../../src/config/trace-settings.ts';

const headersOf = (settings: ReturnType<typeof traceSettings>) =>
  Object.fromEntries(Object.entries(settings?.headers ?? {}).map(([name, value]) => [name, value.reveal()]));

describe('whether traces are wanted', () => {
  it.each<[Record<string, string>, string | undefined]>([
    [{}, undefined],
    [{ OTEL_SERVICE_NAME: 'x', OTEL_EXPORTER_OTLP_HEADERS: 'a=b' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, 'http://c:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/otlp/' }, 'http://c:4318/otlp/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4318/any' }, 'http://c:4318/any'],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'http://localhost:4318/v1/traces'],
    [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, undefined],
    [{ OTEL_SDK_DISABLED: 'TRUE', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, undefined],
  ])('by %j: %s', (environment, endpoint) => {
    const settings = traceSettings(undefined, environment);
    expect(settings?.endpoint).toBe(endpoint);
    if (settings)
      expect(settings).toMatchObject({ isRequired: false, problem: undefined, ratio: 1, followsParent: true });
  });

  it('the file goes before the variables, and what it leaves out comes from them', () => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://elsewhere',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1, x-key = from%20env ,no pair',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=2',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod,service.name=lower',
      OTEL_SERVICE_NAME: 'named',
    };
    const settings = traceSettings({ endpoint: 'https://c.example:4318', headers: { 'x-key': 'file' } }, environment);
    expect(settings).toMatchObject({
      endpoint: 'https://c.example:4318/v1/traces',
      isRequired: true,
      resource: { 'service.name': 'named', 'deployment.environment.name': 'prod' },
    });
    expect(headersOf(settings)).toEqual({ a: '2', 'x-key': 'file' });
    expect(traceSettings({ endpoint: 'https://c.example/own' }, {})?.endpoint).toBe('https://c.example/own');
    expect(JSON.stringify(settings)).not.toContain('from env');
  });

  it.each<[string, string | undefined, number, boolean]>([
    ['always_on', undefined, 1, false],
    ['always_off', undefined, 0, false],
    ['traceidratio', '0.25', 0.25, false],
    ['parentbased_traceidratio', '0.1', 0.1, true],
    ['parentbased_always_off', undefined, 0, true],
    ['traceidratio', 'many', 1, false],
    ['of-our-own', '0.5', 1, true],
  ])('the sampler %s (%s) takes %d', (name, argument, ratio, followsParent) => {
    const environment = { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument };
    expect(traceSettings({}, environment)).toMatchObject({ ratio, followsParent });
    expect(traceSettings({ ratio: 0.5 }, environment)).toMatchObject({ ratio: 0.5, followsParent: true });
  });

  it('says what cannot be followed', () => {
    const shared = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    expect(traceSettings(undefined, shared)?.problem).toMatch(/HTTP only/);
    expect(traceSettings({ endpoint: 'http://c:4318' }, shared)?.problem).toBeUndefined();
    expect(traceSettings(undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4317' })?.problem).toMatch(
      /no http or https URL/,
    );
  });
});
