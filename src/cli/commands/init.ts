/** `init [--from URL]`: the files of a new project; with a database, a mapping that fits one of its tables. Reads only names, types and indexes. */
import { relative, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Source, TableFacts } from '../../../connectors/connector.ts';
import { loadConnector } from '../../../connectors/index.ts';
import { suggest } from '../../config/did-you-mean.ts';
import { EXIT, FatalError } from '../../errors.ts';
import { chooseCursor } from '../../init/choose-cursor.ts';
import { mappingName, mappingText } from '../../init/mapping-text.ts';
import { configText, EXAMPLE_MAPPING, environmentName, environmentText, exampleUrl } from '../../init/project-texts.ts';
import { propose } from '../../init/propose.ts';
import { type RankedTable, rank, rankTables } from '../../init/rank-tables.ts';
import { readSourceUrl, type SourceUrl } from '../../init/read-url.ts';
import { writeProject } from '../../init/write-project.ts';
import type { Command } from '../command.ts';
import type { Terminal } from '../terminal.ts';
import { table as tableText } from '../terminal.ts';
import { wrap } from '../wrap.ts';

export type InitOptions = {
  readonly from?: string;
  readonly dir: string;
  readonly table?: string;
  readonly yes?: boolean;
  readonly force?: boolean;
};

export const init: Command<[options: InitOptions]> = async ({ json, terminal }, options) => {
  const dir = resolve(options.dir);
  const force = options.force ?? false;
  if (options.from === undefined) {
    const files = new Map([
      ['config.yaml', configText({ connector: 'sqlite', name: 'shop' })],
      ['mappings/example.yaml', EXAMPLE_MAPPING],
      ['.env.example', environmentText([])],
    ]);
    const written = await writeProject({ dir, files, environment: undefined, force });
    if (json) terminal.out(JSON.stringify({ files: written, mapping: 'example', table: null, tables: [] }));
    else terminal.out(nextSteps(written, 'example', options, true));
    return EXIT.ok;
  }

  const url = readSourceUrl(options.from);
  const source = await openUrl(url);
  try {
    const isLoose = url.connector === 'sqlite';
    const tables = (await source.tables?.()) ?? [];
    const ranked = rankTables(tables, isLoose);
    const chosen = await chooseTable(tables, ranked, options, isLoose, json ? undefined : terminal);
    const quote = url.connector === 'mysql' ? quoted('`') : quoted('"');
    const proposal = propose(chosen, tables, quote, isLoose);
    const mapping = mappingName(proposal);
    const text = mappingText(proposal, url.name, await chooseCursor(source, proposal));
    const filename = url.filename === undefined ? undefined : relative(dir, resolve(url.filename));
    const variable = environmentName(url.name);
    const urls = url.url === undefined ? [] : [[variable, url.url] as const];
    const files = new Map([
      ['config.yaml', configText(url, filename)],
      [`mappings/${mapping}.yaml`, text],
      ['.env.example', environmentText(urls.map(([name]) => [name, exampleUrl(url)]))],
    ]);
    const environment = { text: environmentText(urls), force: new Set(urls.map(([name]) => name)) };
    const written = await writeProject({ dir, files, environment, force });
    const shown = ranked.slice(0, MOST_SHOWN).map(({ facts, kind, score }) => ({ table: facts.name, kind, score }));
    if (json) terminal.out(JSON.stringify({ files: written, mapping, table: proposal.table, tables: shown }));
    else {
      terminal.out(showTables(ranked, proposal.table, terminal));
      const guess = `${proposal.table} becomes ${proposal.eventName} events; keys: ${proposal.keys.map(({ key }) => key).join(', ')}`;
      terminal.out(`\n${wrap(guess, terminal.width).join('\n')}\n\n${nextSteps(written, mapping, options, false)}`);
    }
    return EXIT.ok;
  } finally {
    await source.close();
  }
};

const MOST_SHOWN = 8;

const quoted =
  (mark: string) =>
  (name: string): string =>
    `${mark}${name.replaceAll(mark, mark + mark)}${mark}`;

const openUrl = async ({ connector: name, url, filename }: SourceUrl): Promise<Source> => {
  const connector = await loadConnector(name);
  if (!connector)
    throw new FatalError('unknown-connector', `there is no connector "${name}"`, { exitCode: EXIT.usage });
  const options = filename === undefined ? { url, statement_timeout: 15 } : { filename: resolve(filename) };
  return connector.open(options, { baseDir: process.cwd() });
};

/** The one that was named; on a terminal the answer to a question; else the likeliest. */
const chooseTable = async (
  tables: readonly TableFacts[],
  ranked: readonly RankedTable[],
  { table, yes }: InitOptions,
  isLoose: boolean,
  terminal: Terminal | undefined,
): Promise<RankedTable> => {
  const named = table ?? (yes || !terminal ? undefined : await askForTable(ranked, terminal));
  const names = tables.map(({ name }) => name);
  if (named !== undefined) {
    const facts = tables.find(({ name }) => name === named);
    if (facts) return rank(facts, isLoose);
    throw new FatalError('unknown-table', `there is no table or view "${named}" that this user can see`, {
      hint: suggest(named, names) ?? `there are ${names.slice(0, 10).join(', ')}`,
      exitCode: EXIT.usage,
    });
  }
  const [best] = ranked;
  if (best) return best;
  throw new FatalError('no-table', 'no table looks like orders, leads or customers with contact data', {
    hint: names.length === 0 ? 'this user sees no table' : `name one with --table: ${names.slice(0, 10).join(', ')}`,
    exitCode: EXIT.usage,
  });
};

/** @returns undefined where nobody can be asked, or the answer is the default */
const askForTable = async (ranked: readonly RankedTable[], terminal: Terminal): Promise<string | undefined> => {
  if (!process.stdin.isTTY || !terminal.isInteractive || ranked.length < 2) return undefined;
  const shown = ranked.slice(0, MOST_SHOWN);
  for (const [n, { facts, kind }] of shown.entries()) terminal.err(`  ${n + 1}  ${facts.name} (${kind})`);
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = (await reader.question(`Which table? [1] `)).trim();
    if (answer === '') return undefined;
    return shown[Number(answer) - 1]?.facts.name ?? answer;
  } finally {
    reader.close();
  }
};

const showTables = (ranked: readonly RankedTable[], chosen: string, { paint }: Terminal): string =>
  ranked.length === 0
    ? `${chosen} does not look like orders, leads or customers: mind the guesses`
    : tableText(
        ['', 'table', 'looks like', 'points'],
        ranked
          .slice(0, MOST_SHOWN)
          .map(({ facts, kind, score }) => [facts.name === chosen ? '>' : '', facts.name, kind, String(score)]),
        paint,
      );

const nextSteps = (written: readonly string[], mapping: string, { dir }: InitOptions, isExample: boolean): string => {
  const program = dir === '.' ? 'capi-sync' : `capi-sync -c ${dir}/config.yaml`;
  return [
    'written:',
    ...written.map((file) => `  ${file}`),
    '',
    ...(isExample
      ? ['next: fill in .env.example, save it as .env, and name your table; then']
      : ['next: read the lines marked "guessed"; then']),
    `  ${program} validate`,
    `  ${program} test`,
    `  ${program} preview ${mapping}`,
    `  ${program} check`,
  ].join('\n');
};
