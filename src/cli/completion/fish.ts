import type { CommandNode } from './command-tree.ts';
import { optionsOf, valueOptions } from './shell-parts.ts';

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export const fishScript = (nodes: readonly CommandNode[]): string => {
  const root = nodes[0] as CommandNode;
  const lines = nodes.flatMap((node) => {
    const at = `-n ${quoted(`_capi_sync_at "${node.path}"`)}`;
    const { operand } = node;
    const words =
      operand.kind === 'mapping'
        ? '(_capi_sync_mappings)'
        : operand.kind === 'words'
          ? operand.words.join(' ')
          : undefined;
    return [
      ...node.commands.map(
        ({ name, description }) => `complete -c capi-sync ${at} -a ${quoted(name)} -d ${quoted(description)}`,
      ),
      ...(words === undefined ? [] : [`complete -c capi-sync ${at} -a ${quoted(words)}`]),
      ...(operand.kind === 'file' ? [`complete -c capi-sync ${at} -F`] : []),
      ...optionsOf(node, root).map(({ names, description, takesValue, choices, isPath }) => {
        const forms = names
          .map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
          .join(' ');
        const value = choices ? ` -x -a ${quoted(choices.join(' '))}` : isPath ? ' -r -F' : takesValue ? ' -x' : '';
        return `complete -c capi-sync ${at} ${forms}${value} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# capi-sync completion for fish. Save it as ~/.config/fish/completions/capi-sync.fish
function _capi_sync_mappings
    set -l config
    set -l words (commandline -opc)
    for n in (seq 2 (count $words))
        if contains -- $words[$n] -c --config; and test $n -lt (count $words)
            set config -c $words[(math $n + 1)]
        end
    end
    $words[1] $config completion mappings 2>/dev/null
end
function _capi_sync_at
    set -l paths ${nodes.map((node) => quoted(node.path)).join(' ')}
    set -l values ${valueOptions(nodes).join(' ')}
    set -l at ''
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word $values
            set skip 1
        else if not string match -q -- '-*' $word
            set -l longer (string trim -- "$at $word")
            contains -- $longer $paths; and set at $longer
        end
    end
    test "$at" = "$argv[1]"
end
complete -c capi-sync -f
${lines.join('\n')}`;
};
