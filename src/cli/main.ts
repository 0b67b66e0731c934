/**
 * The command line: arguments → one command → exit code. The only place that ends the process, and the one where errors are shown.
 * Commands are loaded on use, so that `--help` stays quick.
 */
import { CommanderError, InvalidArgumentError, Option, Command as Program } from 'commander';
import { readEnvironment } from '../config/environment.ts';
import { EXIT, type ExitCode, FatalError } from '../errors.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../observe/log-levels.ts';
import { toRunError } from '../sync/run-error.ts';
import { addAuthorCommands } from './author-commands.ts';
import type { CommandContext } from './command.ts';
import type { RunOptions } from './commands/run.ts';
import type { SandboxCommandOptions } from './commands/sandbox.ts';
import { addInDoubt } from './in-doubt-commands.ts';
import { addCheckpoint, addDeadLetters, addStatus, type CommandTools } from './state-commands.ts';
import { openTerminal } from './terminal.ts';
import { VERSION } from './version.ts';

type Globals = { config: string; json?: boolean; logLevel?: LogLevel; logFormat?: LogFormat };

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1)
    throw new InvalidArgumentError('expected a whole number, 1 or more.');
  return Number(text);
};
const portNumber = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('expected a port, 0 to 65535.');
  return Number(text);
};
const collect = (value: string, all: string[]): string[] => [...all, value];

/** @returns the exit code; never throws */
export const main = async (argv: readonly string[]): Promise<ExitCode> => {
  const terminal = openTerminal(process.stdout, process.stderr, readEnvironment());
  /** It says so in its log; what is drawn anew has no place for it. */
  let isService = false;
  const signals = watchSignals((text) => isService || argv.includes('--watch') || terminal.err(text));
  let exitCode: ExitCode = EXIT.ok;
  let isJson = false;

  const program = new Program('capi-sync')
    .description('Rows of CRM and warehouse tables become Meta Conversions API events.')
    .version(VERSION)
    .option('-c, --config <file>', 'configuration file', 'config.yaml')
    .option('--json', 'print one JSON document instead of text')
    .addOption(
      new Option('--log-level <level>', 'of start: how much is logged').choices([...LOG_LEVELS]).default('info'),
    )
    .addOption(new Option('--log-format <format>', 'of start: lines for people or JSON').choices([...LOG_FORMATS]))
    .exitOverride()
    .configureOutput({ writeErr: (text) => terminal.err(text.trimEnd()) })
    .showHelpAfterError('(try --help)');

  const go = async (work: (context: CommandContext) => Promise<ExitCode>): Promise<void> => {
    const { config, json = false } = program.opts<Globals>();
    isJson = json;
    exitCode = await work({ configFile: config, json, terminal, stop: signals.stop, abort: signals.abort });
  };

  const tools: CommandTools = { go, examples, wholeNumber, collect };
  addAuthorCommands(program, tools);

  program
    .command('check')
    .argument('[mapping...]')
    .description('look at sources, tables, token and dataset, and say how to mend what is amiss. Sends nothing')
    .addHelpText('after', examples('capi-sync check', 'capi-sync check shop-purchases --json'))
    .action((names: string[]) => go(async (context) => (await import('./commands/check.ts')).check(context, names)));

  program
    .command('preview')
    .argument('<mapping>')
    .description('read rows and print the events they would become. Sends nothing')
    .option('--limit <n>', 'rows to read', wholeNumber, 10)
    .option('--at <place>', 'read from here on: a duration back, a date, an instant, or a number of the cursor')
    .addHelpText(
      'after',
      examples(
        'capi-sync preview shop-purchases',
        'capi-sync preview shop-purchases --limit 100 --json',
        'capi-sync preview shop-purchases --at 2026-11-20',
      ),
    )
    .action((name: string, options: { limit: number; at?: string }) =>
      go(async (context) => (await import('./commands/preview.ts')).preview(context, name, options)),
    );

  program
    .command('explain')
    .argument('<mapping>')
    .description("one row's way: values (masked), normal forms, hashes, rules, ledger. Sends nothing")
    .requiredOption('--key <text>', 'primary key; once for each of its columns, in their order', collect, [])
    .addHelpText(
      'after',
      examples('capi-sync explain shop-purchases --key 4711', 'capi-sync explain sales --key berlin --key 17 --json'),
    )
    .action((name: string, options: { key: string[] }) =>
      go(async (context) => (await import('./commands/explain.ts')).explain(context, name, options)),
    );

  program
    .command('run')
    .argument('[mapping...]')
    .description('one pass, now')
    .option('-s, --select <selector...>', 'mappings by name (also shop-*), tag:, connection:, source:, destination:')
    .option('--exclude <selector...>', 'but not these')
    .option('--since <place>', 'backfill: rows from here on; a duration back, a date, an instant, or a number')
    .option('--until <place>', 'backfill: rows before this; left out, all there are')
    .option('--full', 'read everything again, from the first row on; what was sent is not sent again')
    .option('--limit <n>', 'read at most this many rows, the lookback window aside', wholeNumber)
    .option('--dry-run', 'map what would be read (by a first run, or of the range); send and record nothing')
    .addHelpText(
      'after',
      `${examples(
        'capi-sync run',
        'capi-sync run shop-purchases --limit 1000 --json',
        'capi-sync run --select tag:after-dbt source:analytics.orders',
        'capi-sync run shop-purchases --since 2026-11-01 --until 2026-11-10',
        'capi-sync run shop-purchases --full',
      )}
A range is read in slices, which are remembered: the same command goes on where it was stopped, and has nothing to
do when all is read. To read a range once more: capi-sync checkpoint reset <mapping> --slices.
`,
    )
    .action((names: string[], options: RunOptions) =>
      go(async (context) => {
        const stateThread = options.dryRun
          ? undefined
          : (await import('../state/open-state-thread.ts')).startStateThread();
        return (await import('./commands/run.ts')).run(context, names, options, stateThread);
      }),
    );

  program
    .command('start')
    .description('run mappings by their schedules and serve the status page, until SIGTERM')
    .addHelpText(
      'after',
      examples('capi-sync start', 'capi-sync -c prod/config.yaml start --log-level debug --log-format json'),
    )
    .action(() => {
      isService = true;
      const { logLevel, logFormat } = program.opts<Globals>();
      return go(async (context) => (await import('./commands/start.ts')).start(context, { logLevel, logFormat }));
    });

  addStatus(program, tools);

  program
    .command('runs')
    .argument('[mapping]')
    .description('the run history, newest first')
    .option('--limit <n>', 'runs to show', wholeNumber, 20)
    .addHelpText('after', examples('capi-sync runs', 'capi-sync runs shop-purchases --limit 5 --json'))
    .action((name: string | undefined, options: { limit: number }) =>
      go(async (context) => (await import('./commands/runs.ts')).runs(context, name, options)),
    );

  addDeadLetters(program, tools);
  addCheckpoint(program, tools);
  addInDoubt(program, tools);

  program
    .command('send-test')
    .description('send one invented event, to see that token and dataset work')
    .option('--destination <name>', 'where there are several')
    .option('--test-event-code <code>', 'show it under Test Events (it still counts)')
    .addHelpText(
      'after',
      examples('capi-sync send-test', 'capi-sync send-test --destination main --test-event-code TEST123'),
    )
    .action((options: { destination?: string; testEventCode?: string }) =>
      go(async (context) => (await import('./commands/send-test.ts')).sendTest(context, options)),
    );

  const sandbox = program
    .command('sandbox')
    .description("a local Conversions API that checks like Meta's and shows what arrived")
    .option('--port <n>', 'port on 127.0.0.1; 0 takes a free one', portNumber, 8787)
    .option('--token <token>', 'accept only this token')
    .option('--fault <fault>', 'answer with a fault; may be repeated', collect, [])
    .addHelpText('after', examples('capi-sync sandbox', 'capi-sync sandbox --port 0 --fault throttle:times=5'));
  sandbox.action((options: SandboxCommandOptions) =>
    go(async (context) => (await import('./commands/sandbox.ts')).sandbox(context, options)),
  );

  program
    .command('demo')
    .description('sandbox, sample shop, two syncs and a report, in one go')
    .option('--keep', 'keep the folder with shop, configuration and state')
    .addHelpText('after', examples('capi-sync demo', 'capi-sync demo --keep'))
    .action((options: { keep?: boolean }) =>
      go(async (context) => (await import('./commands/demo.ts')).demo(context, options)),
    );

  program
    .command('schema')
    .argument('<which>', 'config or mapping')
    .description('print a JSON Schema')
    .addHelpText('after', examples('capi-sync schema mapping', 'capi-sync schema config > config.schema.json'))
    .action((which: string) =>
      go(async (context) => {
        if (which !== 'config' && which !== 'mapping')
          throw new FatalError('usage', 'schema takes config or mapping', { exitCode: EXIT.usage });
        return (await import('./commands/schema.ts')).schema(context, which);
      }),
    );

  program
    .command('connectors')
    .description('what can be connected')
    .addHelpText('after', examples('capi-sync connectors', 'capi-sync connectors --json'))
    .action(() => go(async (context) => (await import('./commands/schema.ts')).listConnectors(context)));

  try {
    if (argv[0] === 'sandbox' && argv.includes('--help'))
      sandbox.addHelpText('after', (await import('./commands/sandbox.ts')).sandboxHelp());
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const described = toRunError(error);
    if (isJson)
      terminal.out(
        JSON.stringify({ error: { code: described.code, message: described.message, hint: described.hint ?? null } }),
      );
    terminal.err(`${described.message} [${described.code}]${described.hint ? `\n  ${described.hint}` : ''}`);
    exitCode = described.exitCode;
  }
  signals.end();
  return exitCode === EXIT.interrupted ? signals.exitCode() : exitCode;
};

const examples = (...lines: string[]): string => `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;

/** The first SIGINT or SIGTERM asks for a clean stop, the second cuts what is under way. */
const watchSignals = (say: (text: string) => unknown) => {
  const stop = new AbortController();
  const abort = new AbortController();
  let last: NodeJS.Signals = 'SIGINT';
  const onSignal = (signal: NodeJS.Signals): void => {
    last = signal;
    if (stop.signal.aborted) {
      abort.abort();
      return;
    }
    say('stopping: what is under way is brought to its end (again to cut it)');
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    stop: stop.signal,
    abort: abort.signal,
    exitCode: (): ExitCode => (last === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted),
    end: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
};
