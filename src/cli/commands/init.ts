/** `init [--from URL]`: the files of a new project; with a database, a mapping that fits one of its tables. Reads only names, types and indexes. */
import { randomBytes } from 'node:crypto';
import { relative, resolve } from 'node:path';
import type { Source, TableFacts } from '../../../connectors/connector.ts';
import { connectors } from '../../../connectors/index.ts';
import { connectorOptions } from '../../app.ts';
import { suggest } from '../../config/did-you-mean.ts';
import { editorSchemas } from '../../config/editor-schemas.ts';
import { readEnvironment } from '../../config/environment.ts';
import { EXIT, type ExitCode, FatalError } from '../../errors.ts';
import { chooseCursor } from '../../init/choose-cursor.ts';
import { mappingName, mappingText, needsZone } from '../../init/mapping-text.ts';
import {
  configText,
  EXAMPLE_CONNECTION,
  EXAMPLE_MAPPING,
  environmentName,
  environmentText,
  STATE_SECRET,
} from '../../init/project-texts.ts';
import { propose } from '../../init/propose.ts';
import { type Ask, askAboutTable, askForSource } from '../../init/questions.ts';
import { type RankedTable, rank, rankTables } from '../../init/rank-tables.ts';
import { optionsOf, readSourceUrl, type SourceUrl } from '../../init/read-url.ts';
import { writeProject } from '../../init/write-project.ts';
import { openAsker } from '../ask.ts';
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

export const init: Command<[options: InitOptions]> = async (context, options) => {
  const { json, terminal, stop } = context;
  const asker = json || options.yes ? undefined : openAsker(terminal, stop);
  try {
    const from = options.from ?? (asker && (await askForSource(asker.ask)));
    return await write(context, { ...options, ...(from === undefined ? {} : { from: resolvedUrl(from) }) }, asker?.ask);
  } finally {
    asker?.close();
  }
};

/** `$NAME` on a terminal: the value of that variable, so that no password is typed where it can be seen. */
const resolvedUrl = (answer: string): string => {
  const name = /^\$\{?([A-Za-z_]\w*)\}?$/.exec(answer)?.[1];
  return name === undefined ? answer : (readEnvironment()[name] ?? '');
};

/** What an editor completes and explains by; beside the files that name them. */
const schemaFiles = async (): Promise<[path: string, text: string][]> =>
  Object.entries(editorSchemas(Object.fromEntries(await connectorOptions()))).map(([name, text]) => [
    `schemas/${name}`,
    text,
  ]);

const write = async (
  { json, terminal }: Parameters<typeof init>[0],
  options: InitOptions,
  ask: Ask | undefined,
): Promise<ExitCode> => {
  const dir = resolve(options.dir);
  const force = options.force ?? false;
  if (options.from === undefined) {
    const files = new Map([
      ['config.yaml', configText(EXAMPLE_CONNECTION)],
      ['mappings/example.yaml', EXAMPLE_MAPPING],
      ['.env.example', environmentText([])],
      ...(await schemaFiles()),
    ]);
    const written = await writeProject({ dir, files, environment: undefined, force });
    if (json) terminal.out(JSON.stringify({ files: written, mapping: 'example', table: null, tables: [] }));
    else terminal.out(nextSteps(written, 'example', options, true));
    return EXIT.ok;
  }

  const url = readSourceUrl(options.from, await Promise.all(Object.values(connectors).map((load) => load())));
  const source = await openUrl(url);
  try {
    const isLoose = url.from.isLoose ?? false;
    const tables = (await source.tables?.()) ?? [];
    const ranked = rankTables(tables, isLoose);
    const chosen = await chooseTable(
      tables,
      ranked,
      options,
      isLoose,
      ask && ((shown) => askForTable(shown, ask, terminal)),
    );
    const guessed = propose(chosen, tables, url.from.quote, isLoose);
    const cursor = await chooseCursor(source, guessed);
    const answers = ask ? await askAboutTable(ask, guessed, needsZone(guessed, cursor)) : {};
    const proposal = { ...guessed, eventName: answers.eventName ?? guessed.eventName };
    const mapping = mappingName(proposal);
    const text = mappingText(proposal, url.name, cursor, answers);
    const secretsOfUrl = Object.entries(url.secrets).map(
      ([option, value]) => [environmentName(url.name, option), value] as const,
    );
    const connection = { ...url, connector: url.connector.name, options: withPathsFrom(dir, url.options) };
    const hasSnapshot = cursor === undefined;
    const secrets = hasSnapshot ? [[STATE_SECRET, randomBytes(32).toString('hex')] as const] : [];
    const files = new Map([
      ['config.yaml', configText(connection, hasSnapshot)],
      [`mappings/${mapping}.yaml`, text],
      [
        '.env.example',
        environmentText([
          ...Object.entries(url.examples).map(([option, value]) => [environmentName(url.name, option), value] as const),
          ...secrets.map(([name]) => [name, 'made-with-openssl-rand-hex-32'] as const),
        ]),
      ],
      ...(await schemaFiles()),
    ]);
    const environment = {
      text: environmentText([...secretsOfUrl, ...secrets]),
      force: new Set(secretsOfUrl.map(([name]) => name)),
    };
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

/** The shell's paths, as they are written in a file of that folder. */
const withPathsFrom = (dir: string, options: SourceUrl['options']): SourceUrl['options'] =>
  Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      option.isPath ? { ...option, value: relative(dir, resolve(String(option.value))) } : option,
    ]),
  );

const openUrl = (url: SourceUrl): Promise<Source> => {
  const hasTimeout = 'statement_timeout' in ((url.connector.options as { properties?: object }).properties ?? {});
  const options = { ...optionsOf(url), ...(hasTimeout ? { statement_timeout: 15 } : {}) };
  return url.connector.open(options, { baseDir: process.cwd() });
};

/** The one that was named; on a terminal the answer to a question; else the likeliest. */
const chooseTable = async (
  tables: readonly TableFacts[],
  ranked: readonly RankedTable[],
  { table }: InitOptions,
  isLoose: boolean,
  ask: ((ranked: readonly RankedTable[]) => Promise<string | undefined>) | undefined,
): Promise<RankedTable> => {
  const named = table ?? (await ask?.(ranked));
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

/** @returns undefined where there is nothing to choose, or the answer is the default */
const askForTable = async (
  ranked: readonly RankedTable[],
  ask: Ask,
  terminal: Terminal,
): Promise<string | undefined> => {
  if (ranked.length < 2) return undefined;
  const shown = ranked.slice(0, MOST_SHOWN);
  for (const [n, { facts, kind }] of shown.entries()) terminal.err(`  ${n + 1}  ${facts.name} (${kind})`);
  const answer = await ask('Which table?', '1');
  return answer === '' ? undefined : (shown[Number(answer) - 1]?.facts.name ?? answer);
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
