/** What the scripts of all shells have in common. */
import type { CommandNode, OptionNode } from './command-tree.ts';

export const single = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Options of the program itself may stand behind every command too. */
export const optionsOf = (node: CommandNode, root: CommandNode): OptionNode[] => {
  const names = new Set(node.options.flatMap((option) => option.names));
  return [
    ...node.options,
    ...root.options.filter((option) => node !== root && !option.names.some((name) => names.has(name))),
  ];
};

/** Everything behind which a value follows, so that the value is not taken for a command. */
export const valueOptions = (nodes: readonly CommandNode[]): string[] => [
  ...new Set(
    nodes.flatMap((node) => node.options.filter((option) => option.takesValue).flatMap((option) => option.names)),
  ),
];
