/** `test --record K`: one row of the source becomes a test of the mapping's file, with invented people in the place of the real ones. */
import { randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { openSource } from '../app.ts';
import { appendTest } from '../config/append-test.ts';
import { seededRandom } from '../demo/random.ts';
import { EXIT, FatalError } from '../errors.ts';
import { openRowFinder } from '../explain/find-row.ts';
import { recordTest } from '../mapping-tests/record-test.ts';
import type { CommandContext } from './command.ts';
import { checkKey } from './commands/explain.ts';
import { loadOrFail } from './load.ts';

export const record = async (
  { configFile, terminal }: CommandContext,
  name: string,
  key: readonly string[],
  testName: string | undefined,
): Promise<void> => {
  const { project, mappings } = await loadOrFail(configFile, terminal, [name]);
  const [mapping] = mappings;
  const loaded = project.mappings.find((each) => each.mapping.name === name);
  if (!mapping || !loaded) return;
  checkKey(mapping, key);
  const source = await openSource(project, mapping);
  try {
    const { row, columns } = await (await openRowFinder(mapping, source, undefined))(key);
    const known = new Set((mapping.file.tests ?? []).map((each) => each.name));
    const test = recordTest(mapping, {
      columns,
      row,
      name: testName ?? freeName(`a row like one of ${new Date().toISOString().slice(0, 10)}`, known),
      random: seededRandom(randomInt(2 ** 32)),
      now: Math.floor(Date.now() / 1000),
    });
    const text = appendTest(await readFile(loaded.file, 'utf8'), test);
    if (text === undefined)
      throw new FatalError(
        'test-not-recorded',
        `the tests of ${loaded.file} are written in a way that nothing can be added to safely`,
        {
          hint: 'write them as a list of lines: "tests:", and below it "  - name: ..."',
          exitCode: EXIT.config,
        },
      );
    await writeFile(loaded.file, text);
    terminal.err(
      `written into ${loaded.file}: "${test.name}". People, addresses and ids in it are invented; look it over before you commit it`,
    );
  } finally {
    await source.close();
  }
};

/** The key of the row is no name for a test: it may be a person's. */
const freeName = (wanted: string, known: ReadonlySet<string>): string => {
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? wanted : `${wanted} (${n})`;
    if (!known.has(name)) return name;
  }
};
