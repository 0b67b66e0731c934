// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of shells is meant, not a template
/** The commands of who writes mappings, for main: init, validate, test, plan; and completion. Loaded on use, like all others. */
import type { Command as Program } from 'commander';
import type { InitOptions } from './commands/init.ts';
import type { PlanOptions } from './commands/plan.ts';
import type { TestOptions } from './commands/test.ts';
import type { ValidateOptions } from './commands/validate.ts';
import { commandTree } from './completion/command-tree.ts';
import type { CommandTools } from './state-commands.ts';

export const addAuthorCommands = (program: Program, { go, examples, wholeNumber, collect }: CommandTools): void => {
  program
    .command('init')
    .description('write a new project; with --from a mapping that fits a table of that database')
    .option('--from <url>', 'look into a source: the URL of a database, a file ("capi-sync connectors")')
    .option('--dir <folder>', 'where to write', '.')
    .option('--table <name>', 'the table to map; else the likeliest')
    .option('--yes', 'ask nothing')
    .option('--force', 'overwrite files that are there')
    .addHelpText(
      'after',
      examples(
        'capi-sync init',
        'capi-sync init --from "$DATABASE_URL" --table orders',
        'capi-sync init --from shop.db',
      ),
    )
    .action((options: InitOptions) =>
      go(async (context) => (await import('./commands/init.ts')).init(context, options)),
    );

  const validate = program.command('validate');
  validate
    .argument('[mapping...]')
    .description('check the files: schema, expressions, references, what Meta would not count. No network')
    .option('--strict', 'warnings are failures too')
    .option('--fix', 'mend what is certain, such as a misspelt key; says what it changed')
    .option('--dry-run', 'with --fix: show the changes and write nothing')
    .addOption(
      validate
        .createOption('--format <format>', 'how to print; sarif is for code review')
        .choices(['text', 'json', 'sarif']),
    )
    .addHelpText(
      'after',
      examples(
        'capi-sync validate',
        'capi-sync validate --fix --dry-run',
        'capi-sync -c prod/config.yaml validate --strict --format sarif > capi-sync.sarif',
      ),
    )
    .action((names: string[], options: ValidateOptions) =>
      go(async (context) => (await import('./commands/validate.ts')).validate(context, names, options)),
    );

  program
    .command('test')
    .argument('[mapping...]')
    .description('run the tests of mappings. No network, but for --record')
    .option(
      '--record <key>',
      'make a test of the row with this key, people invented; once for each key column',
      collect,
      [],
    )
    .option('--name <text>', 'with --record: what the new test is called')
    .option('--watch', 'run again whenever a file changes, until Ctrl-C')
    .addHelpText(
      'after',
      examples(
        'capi-sync test',
        'capi-sync test shop-purchases --watch',
        'capi-sync test shop-purchases --record 4711',
      ),
    )
    .action((names: string[], options: TestOptions) =>
      go(async (context) => (await import('./commands/test.ts')).test(context, names, options)),
    );

  program
    .command('plan')
    .argument('[mapping...]')
    .description('what deploying these files does: mappings, checkpoints, events, what is sent again. Changes nothing')
    .option('--against <earlier>', 'a git revision or a folder with the earlier files: compares the events of rows too')
    .option('--limit <n>', 'rows of each source to compare', wholeNumber, 200)
    .option('--no-source', 'ask no source: files and state only')
    .option('--detailed-exitcode', 'exit 2 where something changes, as terraform does')
    .addHelpText('after', examples('capi-sync plan', 'capi-sync plan --against origin/main --detailed-exitcode'))
    .action((names: string[], options: PlanOptions) =>
      go(async (context) => (await import('./commands/plan.ts')).plan(context, names, options)),
    );

  program
    .command('completion')
    .argument('<shell>', 'bash, zsh or fish')
    .description('print the script that makes a shell complete commands, options and names of mappings')
    .addHelpText(
      'after',
      examples('source <(capi-sync completion bash)', 'capi-sync completion zsh > "${fpath[1]}/_capi-sync"'),
    )
    .action((shell: string) =>
      go(async (context) =>
        (await import('./commands/completion.ts')).completion(context, shell, commandTree(program)),
      ),
    );
};
