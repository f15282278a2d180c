import type { CommandEntry } from '../src/cli.ts';
import { type CommandSpec, defineCommand, type Outcome } from '../src/command.ts';

const KINDS = ['bash', 'zsh', 'fish', 'man'] as const;
type Kind = (typeof KINDS)[number];

/** `entries`: every command there is, this one too. */
export function completionCommand(entries: () => readonly CommandEntry[]): CommandSpec {
  return defineCommand({
    name: 'completion',
    summary: 'what completes this command line in a shell, and its manual page',
    description: `Written from the commands themselves.

  bash  source <(pmcp completion bash), or into /etc/bash_completion.d/pmcp
  zsh   into a file _pmcp in a directory of $fpath
  fish  into ~/.config/fish/completions/pmcp.fish
  man   the manual page, into /usr/local/share/man/man1/pmcp.1`,
    examples: [
      'pmcp completion bash',
      'pmcp completion zsh > /usr/local/share/zsh/site-functions/_pmcp',
      'pmcp completion man | man -l -',
    ],
    arguments: [{ name: '<kind>', summary: 'bash, zsh, fish or man', choices: KINDS }],
    async run({ kind }): Promise<Outcome<{ text: string }>> {
      const specs = await Promise.all(entries().map((entry) => entry.load()));
      const text = await textOf(kind as Kind, specs);
      return { schema: 'pmcp.completion', version: 1, data: { text } };
    },
    render: ({ data }) => (data as { text: string }).text.trimEnd(),
  });
}

async function textOf(kind: Kind, specs: readonly CommandSpec[]): Promise<string> {
  if (kind === 'man') {
    const { manualPage } = await import('../src/screen/manual.ts');
    const { VERSION } = await import('../src/version.ts');
    return manualPage({ specs, version: VERSION, exitCodes: EXIT_CODES });
  }
  const { commandTree } = await import('../src/screen/completion/tree.ts');
  const tree = commandTree(specs);
  if (kind === 'bash')
    return (await import('../src/screen/completion/bash.ts')).bashCompletion(tree);
  if (kind === 'zsh') return (await import('../src/screen/completion/zsh.ts')).zshCompletion(tree);
  return (await import('../src/screen/completion/fish.ts')).fishCompletion(tree);
}

const EXIT_CODES = [
  [0, 'done, healthy, passed, ready'],
  [1, 'the answer is no: unhealthy, failed, over budget, not ready'],
  [2, 'usage or configuration error'],
  [3, 'refused: breaker tripped, lock held, market hours, precondition missing'],
  [4, 'inconclusive: not enough or too noisy data, unreachable target'],
  [5, 'deploy failed and was rolled back'],
  [6, 'rollback failed: needs a human now'],
  [130, 'interrupted, cleaned up'],
] as const;
