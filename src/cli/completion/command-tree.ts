/** The commands as plain data, read from the program itself: what a shell completes can never differ from what there is. */
import type { Command as Program } from 'commander';

export type OptionNode = {
  /** `--format`, `-c` */
  readonly names: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** What its value may be; undefined: anything. */
  readonly choices: readonly string[] | undefined;
  /** Its value is a file or a folder. */
  readonly isPath: boolean;
};

export type CommandNode = {
  /** `dead-letters retry`; empty: the program itself. */
  readonly path: string;
  readonly description: string;
  readonly options: readonly OptionNode[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  /** What stands beside it: names of mappings, words, or files. */
  readonly operand:
    | { readonly kind: 'mapping' | 'file' | 'none' }
    | { readonly kind: 'words'; readonly words: readonly string[] };
};

/** What an operand of that name can be, where it is no mapping. */
const OPERANDS: Readonly<Record<string, readonly string[]>> = {
  which: ['config', 'mapping'],
  shell: ['bash', 'zsh', 'fish'],
};
const HELP: OptionNode = {
  names: ['-h', '--help'],
  description: 'show help',
  takesValue: false,
  choices: undefined,
  isPath: false,
};

/** Every command, the program itself first. */
export const commandTree = (program: Program, path = ''): CommandNode[] => {
  const visible = program
    .createHelp()
    .visibleCommands(program)
    .filter((each) => each.name() !== 'help');
  const own: CommandNode = {
    path,
    description: program.description(),
    options: [
      ...program.options.map((option) => ({
        names: [option.short, option.long].filter((name) => name !== undefined && name !== null) as string[],
        description: option.description,
        takesValue: option.required || option.optional,
        choices: option.argChoices,
        isPath: /<(?:file|folder|url|earlier)>/.test(option.flags),
      })),
      HELP,
    ],
    commands: visible.map((each) => ({ name: each.name(), description: each.description() })),
    operand: operandOf(program),
  };
  return [own, ...visible.flatMap((each) => commandTree(each, `${path} ${each.name()}`.trim()))];
};

const operandOf = (program: Program): CommandNode['operand'] => {
  const [argument] = program.registeredArguments;
  if (!argument) return { kind: 'none' };
  const words = OPERANDS[argument.name()];
  if (words) return { kind: 'words', words };
  return { kind: argument.name() === 'mapping' ? 'mapping' : 'file' };
};
