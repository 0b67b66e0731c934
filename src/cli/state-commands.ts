/** The commands that look after state, for main: status, dead letters, checkpoints. Loaded on use, like all others. */
import type { Command as Program } from 'commander';
import type { ExitCode } from '../errors.ts';
import type { CommandContext } from './command.ts';
import type { SetOptions } from './commands/move-checkpoint.ts';
import type { WhichLetters } from './commands/settle-dead-letters.ts';

export type CommandTools = {
  readonly go: (work: (context: CommandContext) => Promise<ExitCode>) => Promise<void>;
  readonly examples: (...lines: string[]) => string;
  readonly wholeNumber: (text: string) => number;
  readonly collect: (value: string, all: string[]) => string[];
};

type Yes = { yes?: boolean };

const KEY = 'primary key; once for each of its columns, in their order';
const YES = 'do it without asking';

const which = (command: Program, collect: CommandTools['collect']): Program =>
  command
    .option('--key <text>', KEY, collect, [])
    .option('--code <code>', 'all with this code, ours or of Meta')
    .option('--all', 'all of the mapping');

export const addStatus = (program: Program, { go, examples }: CommandTools): void => {
  program
    .command('status')
    .description('how fresh every mapping is: checkpoint, last run, dead letters, batches in doubt')
    .option('--source', 'ask the sources what waits to be read')
    .option('--watch', 'show it anew every two seconds, until Ctrl-C')
    .addHelpText('after', examples('capi-sync status', 'capi-sync status --source --json', 'capi-sync status --watch'))
    .action((options: { source?: boolean; watch?: boolean }) =>
      go(async (context) =>
        options.watch
          ? (await import('./commands/watch.ts')).watch(context)
          : (await import('./commands/status.ts')).status(context, options),
      ),
    );
};

export const addDeadLetters = (program: Program, { go, examples, wholeNumber, collect }: CommandTools): void => {
  const letters = program.command('dead-letters').description('rows that could not be sent');
  const read = async () => import('./commands/dead-letters.ts');
  const settle = async () => import('./commands/settle-dead-letters.ts');
  letters
    .command('list')
    .argument('[mapping]')
    .description('which rows, why and since when')
    .option('--code <code>', 'those with this code, ours or of Meta')
    .option('--limit <n>', 'rows to show', wholeNumber, 50)
    .addHelpText(
      'after',
      examples('capi-sync dead-letters list', 'capi-sync dead-letters list shop-purchases --code value-invalid --json'),
    )
    .action((name: string | undefined, options: { limit: number; code?: string }) =>
      go(async (context) => (await read()).listDeadLetters(context, name, options)),
    );
  letters
    .command('show')
    .argument('<mapping>')
    .description('one of them: reason, cure, when, how often')
    .requiredOption('--key <text>', KEY, collect, [])
    .addHelpText(
      'after',
      examples(
        'capi-sync dead-letters show shop-purchases --key 4711',
        'capi-sync dead-letters show sales --key berlin --key 17 --json',
      ),
    )
    .action((name: string, options: { key: string[] }) =>
      go(async (context) => (await read()).showDeadLetter(context, name, options)),
    );
  which(letters.command('retry').argument('<mapping>'), collect)
    .description('read these rows again and send them, if they can be sent now')
    .addHelpText(
      'after',
      examples(
        'capi-sync dead-letters retry shop-purchases --all',
        'capi-sync dead-letters retry shop-purchases --key 4711',
      ),
    )
    .action((name: string, options: WhichLetters) =>
      go(async (context) => (await settle()).retryDeadLetters(context, name, options)),
    );
  which(letters.command('drop').argument('<mapping>'), collect)
    .description('forget them: these rows will not be sent')
    .option('--yes', YES)
    .addHelpText(
      'after',
      examples(
        'capi-sync dead-letters drop shop-purchases --code value-invalid --yes',
        'capi-sync dead-letters drop shop-purchases --key 4711',
      ),
    )
    .action((name: string, options: WhichLetters & Yes) =>
      go(async (context) => (await settle()).dropDeadLetters(context, name, options)),
    );
  letters
    .command('export')
    .argument('[mapping]')
    .description('primary keys, codes and times, one line each')
    .option('--code <code>', 'those with this code, ours or of Meta')
    .option('--format <format>', 'jsonl or csv', 'jsonl')
    .addHelpText(
      'after',
      examples(
        'capi-sync dead-letters export shop-purchases --format csv > refused.csv',
        'capi-sync dead-letters export --code value-invalid',
      ),
    )
    .action((name: string | undefined, options: { format: string; code?: string }) =>
      go(async (context) => (await read()).exportDeadLetters(context, name, options)),
    );
};

export const addCheckpoint = (program: Program, { go, examples, collect }: CommandTools): void => {
  const checkpoint = program.command('checkpoint').description('how far each mapping is');
  const read = async () => import('./commands/checkpoint.ts');
  const move = async () => import('./commands/move-checkpoint.ts');
  checkpoint
    .command('show')
    .argument('[mapping...]')
    .description('every checkpoint, and the slices of backfills')
    .addHelpText('after', examples('capi-sync checkpoint show', 'capi-sync checkpoint show --json'))
    .action((names: string[]) => go(async (context) => (await read()).showCheckpoints(context, names)));
  checkpoint
    .command('set')
    .argument('<mapping>')
    .description('let the next run read from a cursor on')
    .requiredOption('--cursor <text>', 'as the database shows it, or 2026-11-20T10:00:00Z')
    .option('--key <text>', 'begin after this row of that cursor; once for each column of the key', collect, [])
    .option('--yes', YES)
    .addHelpText(
      'after',
      examples(
        'capi-sync checkpoint set shop-purchases --cursor 2026-11-20T00:00:00Z --yes',
        'capi-sync checkpoint set shop-purchases --cursor 20500 --key 4711',
      ),
    )
    .action((name: string, options: SetOptions) =>
      go(async (context) => (await move()).setCheckpoint(context, name, options)),
    );
  checkpoint
    .command('reset')
    .argument('<mapping>')
    .description('let the next run begin at cursor.start again; with --slices let ranges be read once more')
    .option('--slices', 'forget the slices of backfills, finished or not; the checkpoint stays')
    .option('--yes', YES)
    .addHelpText(
      'after',
      examples('capi-sync checkpoint reset shop-purchases --yes', 'capi-sync checkpoint reset shop-purchases --slices'),
    )
    .action((name: string, { slices, ...options }: Yes & { slices?: boolean }) =>
      go(async (context) =>
        slices
          ? (await import('./commands/reset-slices.ts')).resetSlices(context, name, options)
          : (await move()).resetCheckpoint(context, name, options),
      ),
    );
  checkpoint
    .command('adopt')
    .argument('<mapping>')
    .description('go on from the checkpoint though source, key, cursor or filter changed')
    .option('--yes', YES)
    .addHelpText(
      'after',
      examples('capi-sync checkpoint adopt shop-purchases', 'capi-sync checkpoint adopt shop-purchases --yes --json'),
    )
    .action((name: string, options: Yes) =>
      go(async (context) => (await move()).adoptCheckpoint(context, name, options)),
    );
  checkpoint
    .command('export')
    .argument('[mapping...]')
    .description('print checkpoints as JSON, for import')
    .addHelpText(
      'after',
      examples('capi-sync checkpoint export > checkpoints.json', 'capi-sync checkpoint export shop-purchases'),
    )
    .action((names: string[]) => go(async (context) => (await read()).exportCheckpoints(context, names)));
  checkpoint
    .command('import')
    .argument('<file>')
    .description('set the checkpoints of an export')
    .option('--yes', YES)
    .addHelpText(
      'after',
      examples(
        'capi-sync checkpoint import checkpoints.json',
        'capi-sync checkpoint import checkpoints.json --yes --json',
      ),
    )
    .action((file: string, options: Yes) =>
      go(async (context) => (await move()).importCheckpoints(context, file, options)),
    );
};
