/** Beside the flags, for the processes that live long. */
export const NODE_ENVIRONMENT = {
  // glibc gives each thread a heap of its own and returns little of it: a tenth of the memory.
  MALLOC_ARENA_MAX: '1',
};

/**
 * How Node runs each process that lives long; `bin/pmcp` starts them by hand with the same. A young
 * generation of a few megabytes instead of sixteen costs the bot no time that can be measured and
 * ends each collection sooner. What outlives it by chance goes once the heap has grown by a quarter:
 * 121 MiB and flat after a million rows, where V8's own pace reached 165. The mcp process is mostly
 * idle besides. Its compiler (Maglev) leaves what it is done with to a thread in the background, where
 * it piles up: the C heap grew by 29 MB within a thousand calls and kept them.
 */
export function nodeFlagsFor(name: string): readonly string[] {
  switch (name) {
    case 'bot':
      return ['--max-semi-space-size=2', '--heap-growing-percent=25'];
    case 'mcp':
      return [
        '--max-semi-space-size=1',
        '--optimize-for-size',
        '--no-maglev-destroy-on-background',
      ];
    default:
      return [];
  }
}
