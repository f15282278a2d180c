/** One place where a risk parameter occurs. */
export interface Usage {
  /** The key as configured, such as MAX_DAILY_LOSS. */
  parameter: string;
  kind: 'definition' | 'read' | 'write';
  path: string;
  line: number;
  text: string;
  /** How it was told: from the syntax tree, or by a pattern where there is none. */
  by: 'syntax' | 'pattern';
}

/** MAX_DAILY_LOSS is also written maxDailyLoss and max_daily_loss. */
export function spellings(parameter: string): string[] {
  const words = parameter.toLowerCase().split('_');
  const camel = words.map((word, index) =>
    index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1),
  );
  return [parameter, camel.join(''), words.join('_')];
}
