/** `test [mapping...]`: runs the `tests:` of mappings. No network, no state. */
import { EXIT } from '../../errors.ts';
import { runTests, type TestResult } from '../../mapping-tests/run-tests.ts';
import type { Command } from '../command.ts';
import { loadOrFail } from '../load.ts';
import type { Terminal } from '../terminal.ts';
import { wrap } from '../wrap.ts';

export const test: Command<[names: readonly string[]]> = async ({ configFile, json, terminal }, names) => {
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
  const part = (label: string, text: string): string[] =>
    wrap(text, width - 16).map((line, n) => `      ${(n === 0 ? label : '').padEnd(10)}${line}`);
  if (passed) return `  ${paint('green', 'ok')}    ${name}`;
  return [
    `  ${paint('red', 'FAIL')}  ${name}`,
    ...differences.flatMap(({ path, expected, actual, hint }) => [
      `    ${path}`,
      ...part('expected', expected),
      ...part('actual', actual),
      ...(hint === undefined ? [] : part('hint', hint)),
    ]),
    ...(unread.length === 0
      ? []
      : wrap(`the mapping does not read: ${unread.join(', ')}`, width - 4).map((l) => `    ${l}`)),
  ].join('\n');
};
