/** Writes schemas/*.json, which editors use, from the definitions that the program checks by. Run it from the root after a change of either. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectorNames, loadConnector } from '../connectors/index.ts';
import { editorSchemas } from '../src/config/editor-schemas.ts';

const folder = join(process.cwd(), 'schemas');
const loaded = await Promise.all(connectorNames.map(async (name) => [name, (await loadConnector(name))?.options]));

mkdirSync(folder, { recursive: true });
for (const [file, content] of Object.entries(editorSchemas(Object.fromEntries(loaded)))) {
  writeFileSync(join(folder, file), content);
}
