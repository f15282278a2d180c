import { type CommandWords, flat } from './tree.ts';

/** For a file `pmcp.fish` in ~/.config/fish/completions, or \`pmcp completion fish | source\`. */
export function fishCompletion(tree: CommandWords): string {
  const all = flat(tree);
  const paths = all.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]));
  return `# fish completion of pmcp; written by \`pmcp completion fish\`
function __pmcp_at
    set -l at ''
    for word in (commandline -opc)[2..]
        set -l next (string trim -- "$at $word")
        contains -- "$next" ${paths.join(' ')}; and set at $next
    end
    test "$at" = "$argv[1]"
end
complete -c pmcp -f
${all.flatMap(lines).join('\n')}
`;
}

function lines({ path, options, subcommands, choices }: CommandWords): string[] {
  const at = `complete -c pmcp -n ${quoted(`__pmcp_at '${path}'`)}`;
  return [
    ...subcommands.map(({ name, summary }) => `${at} -a ${quoted(name)} -d ${quoted(summary)}`),
    ...(choices.length > 0 ? [`${at} -a ${quoted(choices.join(' '))}`] : []),
    ...options.map(({ long, summary, takesValue, choices: values, isPath }) => {
      const flag = `${at} -l ${long.slice(2)} -d ${quoted(summary)}`;
      if (values.length > 0) return `${flag} -x -a ${quoted(values.join(' '))}`;
      if (!takesValue) return flag;
      return `${flag} ${isPath ? '-r -F' : '-x'}`;
    }),
  ];
}

function quoted(words: string): string {
  return `'${words.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
