/** `schema config | mapping`: the JSON Schemas, for editors. `connectors`: what can be connected. */
import { connectors } from '../../../connectors/index.ts';
import { hasDriver } from '../../../connectors/load-driver.ts';
import { connectorOptions } from '../../app.ts';
import { editorSchemas } from '../../config/editor-schemas.ts';
import { EXIT } from '../../errors.ts';
import type { Command } from '../command.ts';
import { listConnector, showConnectors } from '../show-connectors.ts';

export const schema: Command<[which: 'config' | 'mapping']> = async ({ terminal }, which) => {
  const schemas = editorSchemas(Object.fromEntries(await connectorOptions()));
  terminal.out((schemas[`${which}.schema.json`] ?? '').trimEnd());
  return EXIT.ok;
};

export const listConnectors: Command<[]> = async ({ json, terminal }) => {
  const all = await Promise.all(Object.values(connectors).map((load) => load()));
  const listed = all.map((connector) => listConnector(connector, hasDriver));
  terminal.out(json ? JSON.stringify({ connectors: listed }) : showConnectors(listed, terminal));
  return EXIT.ok;
};
