/** `test [mapping...]`: runs the `tests:` of mappings. No network, no state; only `--record` reads one row of a source. */
import { EXIT, FatalError } from '../../errors.ts';
import { runTests, type TestResult } from '../../mapping-tests/run-tests.ts';
import type { Command, CommandContext } from '../command.ts';
import { loadAll, loadOrFail } from '../load.ts';
import { record } from '../record.ts';
import type { Terminal } from '../terminal.ts';
import { watchFiles } from '../watch-files.ts';
import { wrap } from '../wrap.ts';

export type TestOptions = { readonly record: readonly string[]; readonly name?: string; readonly watch?: boolean };

export const test: Command<[names: readonly string[], options: TestOptions]> = async (context, names, options) => {
  const { configFile, terminal, stop } = context;
  if (options.record.length > 0) {
    const [name] = names;
    if (name === undefined || names.length > 1 || options.watch)
      throw new FatalError('usage', '--record takes one mapping, and no --watch', {
        hint: 'for example: capi-sync test shop-purchases --record 4711',
        exitCode: EXIT.usage,
      });
    await record(context, name, options.record, options.name);
    return testOnce(context, names);
  }
  if (options.name !== undefined)
    throw new FatalError('usage', '--name goes with --record', { hint: 'it names the new test', exitCode: EXIT.usage });
  if (!options.watch) return testOnce(context, names);
  await watchFiles({
    files: async () => [...(await loadAll(configFile)).sources.keys()],
    work: async () => {
      // What is wrong with the files is printed; the next change may mend it.
      await testOnce(context, names).catch((error: unknown) => {
        if (!(error instanceof FatalError)) throw error;
        terminal.err(`${error.message} [${error.code}]${error.hint === undefined ? '' : `\n  ${error.hint}`}`);
      });
      terminal.err('waiting for a change of the files; Ctrl-C ends it');
    },
    stop,
  });
  return EXIT.ok;
};

const testOnce = async ({ configFile, json, terminal }: CommandContext, names: readonly string[]) => {
  const { mappings } = await loadOrFail(configFile, terminal, names);
  const now = Math.floor(Date.now() / 1000);
  const tested = mappings.map((mapping) => ({ mapping: mapping.name, results: runTests(mapping, now) }));
  const results = tested.flatMap((each) => each.results);
  const failed = results.filter(({ passed }) => !passed).length;
  if (json) {
    const tests = results.map(({ mapping, name, passed, differences }) => ({ mapping, name, passed, differences }));
    terminal.out(JSON.stringify({ passed: results.length - failed, failed, tests }));
  } else {
    for (const { mapping, results: own } of tested) {
      terminal.out(terminal.paint('bold', mapping));
      if (own.length === 0) terminal.out('  no tests');
      for (const result of own) terminal.out(showResult(result, terminal));
    }
    const sum = `${results.length} test${results.length === 1 ? '' : 's'}`;
    terminal.out(
      failed === 0 ? `\n${sum}: all passed` : `\n${sum}: ${results.length - failed} passed, ${failed} failed`,
    );
  }
  return failed === 0 ? EXIT.ok : EXIT.incomplete;
};

const showResult = ({ name, passed, differences, unread }: TestResult, { paint, width }: Terminal): string => {
  const part = (label: string, text: string, color?: 'green' | 'red'): string[] =>
    wrap(text, width - 16).map((line, n) => {
      const shown = color ? paint(color, line) : line;
      return `      ${(n === 0 ? label : '').padEnd(10)}${shown}`;
    });
  if (passed) return `  ${paint('green', 'ok')}    ${name}`;
  return [
    `  ${paint('red', 'FAIL')}  ${name}`,
    ...differences.flatMap(({ path, expected, actual, hint }) => [
      `    ${path}`,
      ...part('expected', expected, 'green'),
      ...part('actual', actual, 'red'),
      ...(hint === undefined ? [] : part('hint', hint)),
    ]),
    ...(unread.length === 0
      ? []
      : wrap(`the mapping does not read: ${unread.join(', ')}`, width - 4).map((l) => `    ${l}`)),
  ].join('\n');
};
