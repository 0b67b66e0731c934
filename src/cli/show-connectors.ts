/** What can be connected, how it is read, and what proved it: nobody is to take a stand-in for the real thing. */
import type { Connector } from '../../connectors/connector.ts';
import { type Terminal, table } from './terminal.ts';
import { wrap } from './wrap.ts';

export type ListedConnector = {
  readonly name: string;
  readonly title: string;
  readonly reads: Connector['reads'];
  /** What keeps rows that are committed late from being missed, at best. */
  readonly guard: Connector['guard'];
  readonly proven: Connector['proven'];
  /** Null: it is brought along. */
  readonly driver: { readonly install: string; readonly installed: boolean } | null;
  /** For `init --from`; null: not known to it. */
  readonly url: string | null;
};

export const listConnector = (
  { name, title, reads, guard, proven, driver, fromUrl }: Connector,
  isInstalled: (driver: string) => boolean,
): ListedConnector => ({
  name,
  title,
  reads,
  guard,
  proven,
  driver: driver ? { install: `${driver.name}@${driver.versions}`, installed: isInstalled(driver.name) } : null,
  url: fromUrl?.example ?? null,
});

const GUARDS: Readonly<Record<ListedConnector['guard'], string>> = {
  transactions: 'open transactions',
  'single-writer': 'one writer',
  lag: 'lag',
};

export const provenText = ({ on, what }: Connector['proven']): string => (on === 'real' ? what : `stand-in: ${what}`);

export const showConnectors = (all: readonly ListedConnector[], { paint, width }: Terminal): string => {
  const rows = all.map(({ name, reads, guard, driver, proven }) => ({
    cells: [name, reads, GUARDS[guard], driver ? (driver.installed ? 'installed' : 'missing') : 'built in'],
    proven: provenText(proven),
  }));
  const header = ['connector', 'reads by', 'late commits', 'client'];
  const before = header
    .map((title, n) => Math.max(title.length, ...rows.map(({ cells }) => cells[n]?.length ?? 0)) + 2)
    .reduce((sum, cells) => sum + cells, 0);
  const lines = rows.flatMap(({ cells, proven }) =>
    wrap(proven, Math.max(20, width - before)).map((line, n) => [...(n === 0 ? cells : cells.map(() => '')), line]),
  );
  const missing = all.flatMap(({ name, driver }) =>
    driver && !driver.installed ? [`  ${name.padEnd(10)}  npm i "${driver.install}"`] : [],
  );
  return [
    table([...header, 'proven on'], lines, paint),
    '',
    ...wrap('pages: a short query a page, served by an index; stream: one query a run.', width),
    ...wrap('lag: rows that are committed later than cursor.lag and lookback reach back are missed.', width),
    ...wrap("A stand-in speaks the vendor's protocol to the vendor's own client.", width),
    ...(missing.length === 0 ? [] : ['', 'to install a client, beside capi-sync:', ...missing]),
  ].join('\n');
};
