import { describe, expect, it } from 'vitest';
import { sqlite } from '../../../connectors/sqlite/index.ts';
import { listConnector, showConnectors } from '../../../src/cli/show-connectors.ts';
import { openTerminal } from '../../../src/cli/terminal.ts';

const crm = {
  ...sqlite,
  name: 'crm',
  reads: 'stream',
  guard: 'lag',
  driver: { name: 'crm-client', versions: '^3.1' },
  proven: { on: 'stand-in', what: 'a server of the tests that speaks the protocol of the vendor to its own client' },
} as const;

const shown = (columns: number, isInstalled: boolean): string =>
  showConnectors(
    [sqlite, crm].map((connector) => listConnector(connector, () => isInstalled)),
    openTerminal({ write: () => true, columns }, { write: () => true }, {}),
  );

describe('the table of connectors', () => {
  it('says of each how it reads, what guards it, and that a stand-in is one', () => {
    const [, first, second] = shown(200, true).split('\n');
    expect(first).toMatch(/^sqlite +pages +one writer +built in +SQLite 3$/);
    expect(second).toMatch(/^crm +stream +lag +installed +stand-in: a server of the tests/);
  });

  it.each([80, 120])('keeps to %i columns', (columns) => {
    for (const line of shown(columns, false).split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it('says what to install where a client is missing, and only there', () => {
    expect(shown(80, false)).toContain('npm i "crm-client@^3.1"');
    expect(shown(80, true)).not.toContain('npm i');
  });

  it('gives a program the same', () => {
    expect(listConnector(crm, () => false)).toMatchObject({
      name: 'crm',
      reads: 'stream',
      guard: 'lag',
      proven: { on: 'stand-in' },
      driver: { install: 'crm-client@^3.1', installed: false },
    });
    expect(listConnector(sqlite, () => false).driver).toBeNull();
  });
});
