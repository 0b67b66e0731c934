/**
 * The one place of the benchmark that knows how capi-sync's transform is called.
 * `columns` are described as in `connectors/connector.ts`; the mapping is bench/mapping.yaml with the destination of bench/config.yaml.
 * Resolves to a function from rows (cells in the order of `columns`) to the JSON text of each event.
 */
import { connectorOptions } from '../src/app.ts';
import { loadProject } from '../src/config/load-project.ts';
import { bindMapping } from '../src/mapping/bind-mapping.ts';
import { parseMapping } from '../src/mapping/compile-mapping.ts';

const ENVIRONMENT = {
  BENCH_STATE: 'unused',
  BENCH_DATABASE_URL: 'postgres://u@127.0.0.1/b',
  BENCH_SINK_URL: 'http://127.0.0.1:9',
  BENCH_ACCESS_TOKEN: 'x',
};

export const openTransform = async (columns) => {
  const options = await connectorOptions();
  const { project, diagnostics } = await loadProject({
    configFile: new URL('config.yaml', import.meta.url).pathname,
    cwd: process.cwd(),
    environment: ENVIRONMENT,
    connectorOptions: (name) => options.get(name),
  });
  if (!project) throw new Error(`bench/config.yaml: ${diagnostics.map((each) => each.message).join('; ')}`);
  const mapRow = bindMapping(parseMapping(project.mappings[0].mapping).mapping, {
    columns,
    datasetId: '1234567890123456',
    now: () => Math.floor(Date.now() / 1000),
    counts: { present: {}, dropped: {} },
  });
  return (rows) =>
    rows.map((row) => {
      const mapped = mapRow(row);
      if (mapped.kind !== 'event')
        throw new Error(`a row did not become an event: ${mapped.kind} ${mapped.code ?? ''}`);
      return mapped.json;
    });
};
