import type { PromptDefinition } from '../definition.ts';

const say = (text: string) => [{ role: 'user' as const, text }];

/** The three jobs an operator brings an assistant. */
export const PROMPTS: readonly PromptDefinition[] = [
  {
    name: 'incident_triage',
    title: 'Incident triage',
    description: 'What is wrong with the bot, since when, and what to do first.',
    arguments: [
      { name: 'symptom', description: 'What was noticed, in a sentence.', required: false },
    ],
    render: async ({ symptom }) =>
      say(
        `Triage an incident of the trading bot${symptom ? `: "${symptom}"` : ''}. ` +
          'Call get_system_health, get_circuit_breaker_state and list_alerts first; then what they ' +
          'point to: list_trades with the reasons of ' +
          'skips, explain_trade for one typical case, get_trading_latency, get_resource_usage. ' +
          'Answer with: what is known and since when, ' +
          'what is not known, whether money is at risk now, and the one next step for the operator. ' +
          'Propose halt_trading only when ' +
          'new trades would lose money that waiting would not, and say why before calling it.',
      ),
  },
  {
    name: 'pre_deploy_checklist',
    title: 'Pre-deploy checklist',
    description: 'Whether now is a safe moment to deploy.',
    arguments: [{ name: 'release', description: 'What is to be deployed.', required: false }],
    render: async ({ release }) =>
      say(
        `Go through the checklist before a deploy${release ? ` of ${release}` : ''}. ` +
          'Check and quote: health of every component, breaker armed, no order in an unknown ' +
          'state, no active critical alert, resources within limits, latency of the last hour ' +
          'against the last day. ' +
          'On the testing server: verify_test_coverage (report its age and commit) and run_tests. ' +
          'On codebase-search: scan_risk_parameters with kind ' +
          'write. End with GO or NO GO and, for NO GO, exactly what blocks.',
      ),
  },
  {
    name: 'weekly_review',
    title: 'Weekly review',
    description: 'A week of the bot: results, skips, alerts, latency.',
    arguments: [],
    render: async () =>
      say(
        'Write the weekly review: PnL and fees (get_positions), what was copied and what was ' +
          'skipped by reason (list_trades, minutes 10080), ' +
          'the three most frequent reasons of skips with one explained case each, alerts with the ' +
          'share of false positives, latency of the week ' +
          'against the last day, breaker trips and their causes. Say which figures come from which ' +
          'tool, and propose at most three changes for the operator to decide.',
      ),
  },
];
