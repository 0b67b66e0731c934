import type { TSchema } from 'typebox';
import { connectorNames, loadConnector } from '../../../connectors/index.ts';

const loaded = await Promise.all(connectorNames.map(async (name) => [name, await loadConnector(name)] as const));
const table = new Map(loaded.map(([name, connector]) => [name, connector?.options]));

/** The real connectors' options, as the program hands them to loadProject. */
export const connectorOptions = (name: string): TSchema | undefined => table.get(name);

export { connectorNames };
