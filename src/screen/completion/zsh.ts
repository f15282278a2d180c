import { type CommandWords, flat } from './tree.ts';

/** For a file `_pmcp` in a directory of $fpath, or \`source <(pmcp completion zsh)\`. */
export function zshCompletion(tree: CommandWords): string {
  const all = flat(tree);
  const deeper = all.filter(({ path }) => path !== '');
  const walk = deeper.map(({ path }) => quoted(path.includes(' ') ? path : ` ${path}`));
  return `#compdef pmcp
# written by \`pmcp completion zsh\`
_pmcp() {
  local at= word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      ${walk.join(' | ')})
        at=\${at:+$at }$word ;;
    esac
  done
  case "$at|\${words[CURRENT-1]}" in
${all.flatMap(values).join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then
    case "$at" in
${all
  .map((one) =>
    entry(
      one,
      one.options.map(({ long, summary }) => pair(long, summary)),
    ),
  )
  .join('\n')}
    esac
  else
    case "$at" in
${all.flatMap((one) => (named(one).length > 0 ? [entry(one, named(one))] : [])).join('\n')}
    esac
  fi
  if (( \${#found} )); then _describe -V pmcp found; else _files; fi
}
if [[ \${funcstack[1]} == _pmcp ]]; then _pmcp "$@"; else compdef _pmcp pmcp; fi
`;
}

function named({ subcommands, choices }: CommandWords): string[] {
  return [
    ...subcommands.map(({ name, summary }) => pair(name, summary)),
    ...choices.map((choice) => pair(choice, '')),
  ];
}

/** A colon parts the word from its description. */
function pair(word: string, summary: string): string {
  const left = word.replaceAll(':', '\\:');
  return quoted(summary === '' ? left : `${left}:${summary}`);
}

function entry({ path }: CommandWords, pairs: readonly string[]): string {
  return `      ${quoted(path)}) found=(${pairs.join(' ')}) ;;`;
}

function values({ path, options }: CommandWords): string[] {
  return options.flatMap(({ long, takesValue, choices, isPath }) => {
    if (!takesValue) return [];
    const at = quoted(`${path}|${long}`);
    if (choices.length > 0)
      return [`    ${at}) compadd -- ${choices.map(quoted).join(' ')}; return ;;`];
    return [`    ${at}) ${isPath ? '_files; ' : ''}return ;;`];
  });
}

function quoted(words: string): string {
  return `'${words.replaceAll("'", "'\\''")}'`;
}
