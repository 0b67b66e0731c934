/** `completion bash | zsh | fish`: the script that makes a shell complete commands, options and names of mappings. `mappings`: what the scripts ask. */
import { dirname, resolve } from 'node:path';
import { findMappings } from '../../config/find-mappings.ts';
import { readYamlFile } from '../../config/read-yaml.ts';
import { textAt } from '../../config/yaml-tree.ts';
import { EXIT, FatalError } from '../../errors.ts';
import type { Command } from '../command.ts';
import { bashScript } from '../completion/bash.ts';
import type { CommandNode } from '../completion/command-tree.ts';
import { fishScript } from '../completion/fish.ts';
import { zshScript } from '../completion/zsh.ts';

const SCRIPTS: Readonly<Record<string, (nodes: readonly CommandNode[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export const completion: Command<[shell: string, nodes: readonly CommandNode[]]> = async (
  { configFile, terminal, json },
  shell,
  nodes,
) => {
  if (shell === 'mappings') {
    for (const name of await mappingNames(configFile)) terminal.out(name);
    return EXIT.ok;
  }
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (!script)
    throw new FatalError('usage', `there is no completion for "${shell}"`, {
      hint: `there are ${Object.keys(SCRIPTS).join(', ')}`,
      exitCode: EXIT.usage,
    });
  terminal.out(json ? JSON.stringify({ commands: nodes }) : script(nodes));
  return EXIT.ok;
};

/** As the files say them, without any check: a name is completed in a project that does not load, too. */
const mappingNames = async (configFile: string): Promise<string[]> => {
  const { tree } = await readYamlFile(resolve(configFile), configFile);
  const { files } = await findMappings(tree, dirname(resolve(configFile)));
  const names: string[] = [];
  for (const file of files) {
    const mapping = (await readYamlFile(file, file)).tree;
    const name = mapping && textAt(mapping, ['name']);
    if (name !== undefined && /^[a-z][a-z0-9-]*$/.test(name)) names.push(name);
  }
  return names;
};
