/** `init [--from URL]`: the files of a new project; with a database, a mapping that fits one of its tables. Reads only names, types and indexes. */
import { randomBytes } from 'node:crypto';
import { relative, resolve } from 'node:path';
import type { Source, TableFacts } from '../../../connectors/connector.ts';
import { loadConnector } from '../../../connectors/index.ts';
import { connectorOptions } from '../../app.ts';
import { suggest } from '../../config/did-you-mean.ts';
import { editorSchemas } from '../../config/editor-schemas.ts';
import { readEnvironment } from '../../config/environment.ts';
import { EXIT, type ExitCode, FatalError } from '../../errors.ts';
import { chooseCursor } from '../../init/choose-cursor.ts';
import { mappingName, mappingText, needsZone } from '../../init/mapping-text.ts';
import {
  configText,
  EXAMPLE_MAPPING,
  environmentName,
  environmentText,
  exampleUrl,
  STATE_SECRET,
} from '../../init/project-texts.ts';
import { propose } from '../../init/propose.ts';
import { type Ask, askAboutTable, askForSource } from '../../init/questions.ts';
import { type RankedTable, rank, rankTables } from '../../init/rank-tables.ts';
import { readSourceUrl, type SourceUrl } from '../../init/read-url.ts';
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
      ['config.yaml', configText({ connector: 'sqlite', name: 'shop' })],
      ['mappings/example.yaml', EXAMPLE_MAPPING],
      ['.env.example', environmentText([])],
      ...(await schemaFiles()),
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
    const chosen = await chooseTable(
      tables,
      ranked,
      options,
      isLoose,
      ask && ((shown) => askForTable(shown, ask, terminal)),
    );
    const quote = url.connector === 'mysql' ? quoted('`') : quoted('"');
    const guessed = propose(chosen, tables, quote, isLoose);
    const cursor = await chooseCursor(source, guessed);
    const answers = ask ? await askAboutTable(ask, guessed, needsZone(guessed, cursor)) : {};
    const proposal = { ...guessed, eventName: answers.eventName ?? guessed.eventName };
    const mapping = mappingName(proposal);
    const text = mappingText(proposal, url.name, cursor, answers);
    const filename = url.filename === undefined ? undefined : relative(dir, resolve(url.filename));
    const variable = environmentName(url.name);
    const urls = url.url === undefined ? [] : [[variable, url.url] as const];
    const hasSnapshot = cursor === undefined;
    const secrets = hasSnapshot ? [[STATE_SECRET, randomBytes(32).toString('hex')] as const] : [];
    const files = new Map([
      ['config.yaml', configText(url, { filename, hasSnapshot })],
      [`mappings/${mapping}.yaml`, text],
      [
        '.env.example',
        environmentText([
          ...urls.map(([name]) => [name, exampleUrl(url)] as const),
          ...secrets.map(([name]) => [name, 'made-with-openssl-rand-hex-32'] as const),
        ]),
      ],
      ...(await schemaFiles()),
    ]);
    const environment = { text: environmentText([...urls, ...secrets]), force: new Set(urls.map(([name]) => name)) };
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
