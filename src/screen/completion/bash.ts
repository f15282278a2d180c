import { type CommandWords, flat } from './tree.ts';

/** For `source <(pmcp completion bash)`, or a file in /etc/bash_completion.d. */
export function bashCompletion(tree: CommandWords): string {
  const all = flat(tree);
  const deeper = all.filter(({ path }) => path !== '');
  const walk = deeper.map(({ path }) => quoted(path.includes(' ') ? path : ` ${path}`));
  return `# bash completion of pmcp; written by \`pmcp completion bash\`
_pmcp() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
      ${walk.join(' | ')})
        path=\${path:+$path }\${COMP_WORDS[i]} ;;
    esac
  done
  COMPREPLY=()
  case "$path|$prev" in
${all.flatMap(values).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case "$path" in
${all
  .map((one) =>
    entry(
      one,
      one.options.map(({ long }) => long),
    ),
  )
  .join('\n')}
    esac
  else
    case "$path" in
${all.flatMap((one) => (named(one).length > 0 ? [entry(one, named(one))] : [])).join('\n')}
    esac
  fi
  # Nothing of ours: the shell goes on with file names.
  [[ -n $words ]] && COMPREPLY=($(compgen -W "$words" -- "$cur"))
  return 0
}
complete -o default -F _pmcp pmcp
`;
}

function named({ subcommands, choices }: CommandWords): string[] {
  return [...subcommands.map(({ name }) => name), ...choices];
}

function entry({ path }: CommandWords, words: readonly string[]): string {
  return `      ${quoted(path)}) words=${quoted(words.join(' '))} ;;`;
}

/** After an option that takes a value: its choices, file names, or nothing that could be guessed. */
function values({ path, options }: CommandWords): string[] {
  return options.flatMap(({ long, takesValue, choices, isPath }) => {
    if (!takesValue) return [];
    const at = quoted(`${path}|${long}`);
    if (choices.length > 0) {
      const words = quoted(choices.join(' '));
      return [`    ${at}) COMPREPLY=($(compgen -W ${words} -- "$cur")); return 0 ;;`];
    }
    if (isPath) return [`    ${at}) return 0 ;;`];
    return [`    ${at}) compopt +o default 2>/dev/null; return 0 ;;`];
  });
}

function quoted(words: string): string {
  return `'${words.replaceAll("'", "'\\''")}'`;
}
