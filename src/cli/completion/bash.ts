import type { CommandNode } from './command-tree.ts';
import { optionsOf, single, valueOptions } from './shell-parts.ts';

/** Needs bash alone, 3.2 or newer: nothing of bash-completion. */
export const bashScript = (nodes: readonly CommandNode[]): string => {
  const root = nodes[0] as CommandNode;
  const cases = nodes.map((node) => {
    const options = optionsOf(node, root);
    const values = options
      .filter((option) => option.takesValue)
      .map((option) => {
        const words = option.choices
          ? `words=${single(option.choices.join(' '))}`
          : option.isPath
            ? 'files=1'
            : 'return 0';
        return `        ${option.names.join('|')}) ${words} ;;`;
      });
    const { operand } = node;
    const operands =
      operand.kind === 'mapping'
        ? '          words=$(_capi_sync_mappings)'
        : operand.kind === 'words'
          ? `          words=${single(operand.words.join(' '))}`
          : operand.kind === 'file'
            ? '          files=1'
            : `          words=${single(node.commands.map(({ name }) => name).join(' '))}`;
    return [
      `    ${single(node.path)})`,
      '      case "$prev" in',
      ...values,
      '        *) if [[ "$cur" == -* ]]; then',
      `          words=${single(options.flatMap((option) => option.names).join(' '))}`,
      '        else',
      operands,
      '        fi ;;',
      '      esac ;;',
    ].join('\n');
  });
  const paths = nodes.map((node) => single(node.path)).join('|');
  return `# capi-sync completion for bash. Load it with: source <(capi-sync completion bash)
_capi_sync_mappings() {
  "\${COMP_WORDS[0]}" \${config:+-c "$config"} completion mappings 2>/dev/null
}
_capi_sync() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path='' words='' files='' config='' word n
  for ((n = 1; n < COMP_CWORD; n++)); do
    word="\${COMP_WORDS[n]}"
    case "$word" in
      -c|--config) config="\${COMP_WORDS[n+1]}"; n=$((n + 1)) ;;
      ${valueOptions(nodes)
        .filter((name) => name !== '-c' && name !== '--config')
        .join('|')}) n=$((n + 1)) ;;
      -*) ;;
      *) case "\${path:+$path }$word" in
        ${paths}) path="\${path:+$path }$word" ;;
      esac ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=()
  if [[ -n "$files" ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
  else
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$cur")
  fi
}
complete -F _capi_sync capi-sync`;
};
