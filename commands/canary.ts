import { resolve } from 'node:path';
import { defineCommand, type Outcome } from '../src/command.ts';
import type { Tallies } from '../src/observe/validate/tally.ts';

export default defineCommand({
  name: 'canary',
  summary: 'count how often this installation fails what it is asked',
  description: `Asks health, metrics and the MCP servers that run here, and adds what the bot and the mcp
process counted themselves: orders, tool calls, verdicts. A deploy compares these figures before and
after, and rolls back when the new release fails markedly more often. Nothing is changed.`,
  examples: ['pmcp canary --rounds 20', 'pmcp canary --json | jq .requests'],
  options: [
    {
      flags: '--rounds <number>',
      summary: 'times each is asked',
      parse: 'integer',
      defaultValue: 1,
    },
  ],
  async run(options, context): Promise<Outcome<Tallies>> {
    const { takeTallies } = await import('../src/observe/validate/tally.ts');
    const { pathsOf } = await import('../src/state/paths.ts');
    const config = await context.config();
    const { statusSocket: socketPath } = pathsOf(resolve(config.DATA_DIR));
    const rounds = Math.max(1, Number(options['rounds']));
    const data = await takeTallies({ config, socketPath, rounds, signal: context.signal });
    context.signal.throwIfAborted();
    return { schema: 'pmcp.canary', version: 1, data };
  },
  render({ data }, paint) {
    const { requests, firstError, toolCalls, orders, bot, health } = data as Tallies;
    const words = (tally: Tallies['orders']) =>
      tally ? `${tally.errors} of ${tally.count} failed` : paint.warn('not known');
    const lines = [
      `requests    ${words(requests)}${firstError === null ? '' : `: ${firstError}`}`,
      `tool calls  ${words(toolCalls)}`,
      `orders      ${words(orders)}`,
      `bot         ${bot ? `pid ${bot.pid}` : paint.bad('does not answer')}`,
      `health      ${health ? health.status : paint.bad('does not answer')}`,
    ];
    return lines.join('\n');
  },
});
