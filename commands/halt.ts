import type { ChangeReport } from '../src/bot/breaker-verbs.ts';
import { operate, whoDid } from '../src/bot/operate.ts';
import { defineCommand, type Outcome } from '../src/command.ts';
import { operatorName } from '../src/host/operator.ts';

interface Halted extends ChangeReport {
  via: 'bot' | 'store';
  dataDir: string;
}

export default defineCommand({
  name: 'halt',
  summary: 'stop all new trades now',
  description: `Entries stop at once; positions are still sold and orders cancelled. Works in every
state, and when no bot runs: it then starts halted. A second halt changes nothing. The halt holds
across restarts until \`pmcp resume\`.`,
  examples: ['pmcp halt "spreads look wrong"', 'pmcp halt maintenance --json'],
  arguments: [{ name: '<reason...>', summary: 'why, for the journal' }],
  async run(options, context): Promise<Outcome<Halted>> {
    const reason = [options['reason']].flat().join(' ');
    const dataDir = await context.dataDir();
    const args = { reason, by: operatorName() };
    const nowMs = context.clock.now();
    const { via, data } = await operate({ dataDir, verb: 'halt', args, nowMs });
    return { schema: 'pmcp.halt', version: 1, data: { via, dataDir, ...(data as ChangeReport) } };
  },
  render({ data }, paint) {
    const { via, dataDir, changed, latches } = data as Halted;
    const state = latches.trading;
    const earlier = state.kind === 'halted' ? ` by ${state.by}: ${state.reason}` : '';
    const what = changed.length > 0 ? 'halted' : `was already halted${earlier}`;
    return `${paint.warn(what)} ${whoDid(via, dataDir)}`;
  },
});
