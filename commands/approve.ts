import type { BreakerReport, ChangeReport } from '../src/bot/breaker-verbs.ts';
import { operate } from '../src/bot/operate.ts';
import { defineCommand, type Outcome } from '../src/command.ts';
import { describe, stateMark } from '../src/core/breaker.ts';
import { RefusedError } from '../src/errors.ts';
import { operatorName } from '../src/host/operator.ts';
import { type Approval, readApprovals, removeApproval } from '../src/observe/alerts/approvals.ts';
import { pathsOf } from '../src/state/paths.ts';

interface Waiting {
  waiting: Approval[];
}

interface Approved extends ChangeReport {
  approved: Approval;
}

export default defineCommand({
  name: 'approve',
  summary: 'carry out a resume or reset that was asked for on Telegram',
  description: `Telegram can halt, but not resume: /resume and /reset wait here, for ten minutes, until
somebody at a terminal approves them by their code. Without a code: what waits, and its code. An
approval counts for the very halt or trip it was asked for, not for a later one.`,
  examples: ['pmcp approve', 'pmcp approve K7QM2P'],
  arguments: [{ name: '[code]', summary: 'of the request' }],
  async run({ code }, context): Promise<Outcome<Waiting | Approved>> {
    const dataDir = await context.dataDir();
    const { approvals: path } = pathsOf(dataDir);
    const realMs = Date.now();
    const waiting = readApprovals(path, realMs);
    if (typeof code !== 'string') {
      return { schema: 'pmcp.approvals', version: 1, data: { waiting } };
    }
    const approved = waiting.find((one) => one.code === code.trim().toUpperCase());
    if (!approved) {
      throw new RefusedError(`no request waits under the code ${JSON.stringify(code)}`, {
        hint: 'Codes count for ten minutes. `pmcp approve` shows what waits.',
      });
    }
    const nowMs = context.clock.now();
    const operation = { dataDir, nowMs };
    const asked = await operate({
      ...operation,
      verb: 'breaker.status',
      args: {},
      readOnly: true,
    });
    const { trading } = (asked.data as BreakerReport).latches;
    if (stateMark(trading) !== approved.mark) {
      throw new RefusedError(
        `this was asked for when the breaker was ${approved.state}; now it is ${describe(trading)}`,
        { hint: 'Ask again on Telegram, or use `pmcp resume` or `pmcp breaker reset`.' },
      );
    }
    const by = `${operatorName()}, asked by ${approved.by}`.slice(0, 100);
    const args = { by, reason: 'approved at a terminal' };
    const { data } = await operate({ ...operation, verb: approved.verb, args });
    removeApproval(path, approved.code, realMs);
    return {
      schema: 'pmcp.approval',
      version: 1,
      data: { approved, ...(data as ChangeReport) },
    };
  },
  render({ data }, paint) {
    const found = data as Waiting | Approved;
    if ('waiting' in found) {
      const rows = found.waiting.map(
        ({ code, verb, by, state }) => `${code}  ${verb}, asked by ${by} (breaker ${state})`,
      );
      return rows.join('\n') || paint.dim('nothing waits for an approval');
    }
    return `${found.approved.verb}: trading is ${describe(found.latches.trading)}`;
  },
});
