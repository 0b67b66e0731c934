/**
 * The one place of the benchmark that knows how capi-sync's transform is called, from dist/.
 * `columns` are described as in `connectors/connector.ts`; the mapping is bench/mapping.yaml with the destination of bench/config.yaml.
 * Resolves to a function from rows (cells in the order of `columns`) to the JSON text of each event.
 */
export const openTransform = async (columns) => {
  throw new Error(`not wired yet: compile bench/mapping.yaml over ${columns.length} columns with what dist/ exports`);
};
