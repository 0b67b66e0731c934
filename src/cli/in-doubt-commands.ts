/** `in-doubt`, for main. Loaded on use, like all others. */
import type { Command as Program } from 'commander';
import type { CommandTools } from './state-commands.ts';

type Yes = { yes?: boolean };

export const addInDoubt = (program: Program, { go, examples }: Pick<CommandTools, 'go' | 'examples'>): void => {
  const inDoubt = program.command('in-doubt').description('events that were sent and of which no answer is known');
  const read = async () => import('./commands/in-doubt.ts');
  inDoubt
    .command('resend')
    .argument('<mapping>')
    .description('send them again with the next run')
    .option('--yes', 'do it without asking')
    .addHelpText(
      'after',
      examples('capi-sync in-doubt resend shop-purchases', 'capi-sync in-doubt resend shop-purchases --yes --json'),
    )
    .action((name: string, options: Yes) =>
      go(async (context) => (await read()).resendInDoubt(context, name, options)),
    );
  inDoubt
    .command('confirm')
    .argument('<mapping>')
    .description('they arrived: never send them again')
    .option('--yes', 'do it without asking')
    .addHelpText(
      'after',
      examples('capi-sync in-doubt confirm shop-purchases', 'capi-sync in-doubt confirm shop-purchases --yes --json'),
    )
    .action((name: string, options: Yes) =>
      go(async (context) => (await read()).confirmInDoubt(context, name, options)),
    );
};
