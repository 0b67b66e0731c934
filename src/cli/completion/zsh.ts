// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of shells is meant, not a template
import type { CommandNode } from './command-tree.ts';
import { optionsOf, single, valueOptions } from './shell-parts.ts';

/** `name:description`, as `_describe` takes it. */
const described = (name: string, description: string): string =>
  single(`${name.replaceAll(':', '\\:')}:${description.replaceAll(':', '\\:')}`);

export const zshScript = (nodes: readonly CommandNode[]): string => {
  const root = nodes[0] as CommandNode;
  const cases = nodes.map((node) => {
    const options = optionsOf(node, root);
    const values = options
      .filter((option) => option.takesValue)
      .map((option) => {
        const work = option.choices
          ? `compadd -- ${option.choices.map(single).join(' ')}`
          : option.isPath
            ? '_files'
            : "_message 'a value'";
        return `        ${option.names.join('|')}) ${work}; return ;;`;
      });
    const { operand } = node;
    const operands =
      operand.kind === 'mapping'
        ? '      found=(${(f)"$(_capi_sync_mappings)"}); compadd -a found'
        : operand.kind === 'words'
          ? `      compadd -- ${operand.words.map(single).join(' ')}`
          : operand.kind === 'file'
            ? '      _files'
            : node.commands.length === 0
              ? "      _message 'no more arguments'"
              : `      found=(${node.commands.map((each) => described(each.name, each.description)).join(' ')}); _describe command found`;
    return [
      `    ${single(node.path)})`,
      '      case "$prev" in',
      ...values,
      '      esac',
      '      if [[ "$cur" == -* ]]; then',
      `        found=(${options.flatMap((option) => option.names.map((name) => described(name, option.description))).join(' ')})`,
      '        _describe -o option found; return',
      '      fi',
      operands,
      '      ;;',
    ].join('\n');
  });
  const paths = nodes.map((node) => single(node.path)).join('|');
  return `#compdef capi-sync
# capi-sync completion for zsh. Load it with: source <(capi-sync completion zsh)   (after compinit)
_capi_sync_mappings() {
  "\${words[1]}" \${config:+-c} \${config:+"$config"} completion mappings 2>/dev/null
}
_capi_sync() {
  local cur="\${words[CURRENT]}" prev="\${words[CURRENT-1]}" at='' config='' word
  local -a found
  integer n
  for ((n = 2; n < CURRENT; n++)); do
    word="\${words[n]}"
    case "$word" in
      -c|--config) config="\${words[n+1]}"; n=$((n + 1)) ;;
      ${valueOptions(nodes)
        .filter((name) => name !== '-c' && name !== '--config')
        .join('|')}) n=$((n + 1)) ;;
      -*) ;;
      *) case "\${at:+$at }$word" in
        ${paths}) at="\${at:+$at }$word" ;;
      esac ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
}
if [[ "$funcstack[1]" == _capi_sync ]]; then _capi_sync "$@"; else compdef _capi_sync capi-sync; fi`;
};
