import type { ChangeReport } from '../src/bot/breaker-verbs.ts';
import { operate, whoDid } from '../src/bot/operate.ts';
import { defineCommand, type Outcome } from '../src/command.ts';
import { describe } from '../src/core/breaker.ts';
import { operatorName } from '../src/host/operator.ts';

interface Resumed extends ChangeReport {
  via: 'bot' | 'store';
  dataDir: string;
}

export default defineCommand({
  name: 'resume',
  summary: 'end a halt',
  description: `What the halt covered comes back: a breaker that had tripped is still tripped.
End that with \`pmcp breaker reset\`.`,
  examples: ['pmcp resume', 'pmcp resume "venue is back"'],
  arguments: [{ name: '[reason...]', summary: 'why, for the journal' }],
  async run(options, context): Promise<Outcome<Resumed>> {
    const words = [options['reason']].flat();
    const reason = words.length > 0 ? { reason: words.join(' ') } : {};
    const dataDir = await context.dataDir();
    const args = { ...reason, by: operatorName() };
    const nowMs = context.clock.now();
    const { via, data } = await operate({ dataDir, verb: 'resume', args, nowMs });
    return { schema: 'pmcp.resume', version: 1, data: { via, dataDir, ...(data as ChangeReport) } };
  },
  render({ data }, paint) {
    const { via, dataDir, changed, latches } = data as Resumed;
    const what = changed.length > 0 ? `resumed ${changed.join(', ')}` : 'was not halted';
    const state = describe(latches.trading);
    return `${paint.good(what)} ${whoDid(via, dataDir)}; trading is ${state}`;
  },
});
