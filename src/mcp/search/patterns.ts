/** A named search that an operator's assistant can ask for without writing the expression. */
export interface NamedPattern {
  name: string;
  description: string;
  /** ripgrep's regular expression, searched case-insensitively. */
  regex: string;
}

/** The seven of the risk scan first, in its order; then the four of the plan's search server. */
export const BUILT_IN_PATTERNS: readonly NamedPattern[] = [
  {
    name: 'position_sizing',
    description: 'How large a position may be and how it is computed.',
    regex: `position_?siz(e|ing)|max_?position|bankroll|copy_?ratio|sizing_?mode`,
  },
  {
    name: 'risk_limits',
    description: 'Limits on loss and exposure.',
    regex: String.raw`max_?(daily_?loss|exposure|drawdown|concurrent|\w+_?exposure)|risk_?limit|daily_?loss`,
  },
  {
    name: 'correlation_checks',
    description: 'Limits across markets and events that move together.',
    regex: `correlat|event_?exposure|market_?exposure|event_?slug`,
  },
  {
    name: 'circuit_breaker',
    description: 'The breaker, its trips and its resets.',
    regex: String.raw`circuit_?breaker|is_?tripped|\btrip(ped|s)?\b|cool_?down|half_?open|probing`,
  },
  { name: 'stop_loss', description: 'Selling at a loss.', regex: `stop_?loss` },
  { name: 'take_profit', description: 'Selling at a gain.', regex: `take_?profit` },
  {
    name: 'slippage',
    description: 'How much worse than the leader a copy may fill.',
    regex: `slippage`,
  },
  {
    name: 'money_calculations',
    description: 'Arithmetic on money: amounts, prices, fees, PnL.',
    regex: [
      String.raw`\b\w*(usdc|price|amount|notional|pnl|fee|cost|balance)\w*\s*[-+*/]=?\s`,
      String.raw`\bparseFloat\(|\.toFixed\(|\bMath\.(round|floor|ceil)\(|\bDecimal\(`,
    ].join('|'),
  },
  {
    name: 'risk_controls',
    description: 'Where a trade may be refused.',
    regex: [
      String.raw`\b(permits|refus\w*|reject\w*|is_?allowed|kill_?switch|halt\w*)\b`,
      String.raw`\b(check_\w*(limit|risk|trade)\w*|validate_\w*trade\w*)\b`,
    ].join('|'),
  },
  {
    name: 'variable_conflicts',
    description:
      'Names that are declared again or shadowed: globals, env reads, reassigned constants.',
    regex: String.raw`\bglobal\s+\w+|\bvar\s+\w+\s*=|process\.env\b|os\.environ|globalThis\.\w+\s*=`,
  },
  {
    name: 'api_endpoints',
    description: 'Addresses the program talks to or serves.',
    regex: [
      String.raw`https?://[\w.-]+|wss?://[\w.-]+`,
      String.raw`@(app|router)\.(get|post|put|delete)|\b(app|router)\.(get|post|put|delete)\(`,
    ].join('|'),
  },
];
