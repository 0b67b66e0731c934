/** The table of connectors: what each can do and what proved it, from the connectors themselves. */
import { connectors } from '../../connectors/index.ts';
import { provenText } from '../../src/cli/show-connectors.ts';
import { code, table } from './markdown.ts';

const all = await Promise.all(Object.values(connectors).map((load) => load()));

const GUARDS = {
  transactions: 'stays behind open transactions',
  'single-writer': 'one writer at a time',
  lag: '`lag` and `lookback` alone',
};

export const connectorTable = (): string =>
  table(
    ['connector', 'connects to', 'reads by', 'late commits', '`init --from`', 'client to install', 'proven on'],
    all.map((connector) => [
      `[\`${connector.name}\`](../connectors/${connector.name}/README.md)`,
      connector.title,
      connector.reads === 'pages' ? 'pages' : 'a stream',
      GUARDS[connector.guard],
      code(connector.fromUrl?.example ?? ''),
      connector.driver ? code(`npm i ${connector.driver.name}@${connector.driver.versions}`) : 'built in',
      provenText(connector.proven),
    ]),
  );
