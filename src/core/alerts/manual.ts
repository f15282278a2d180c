import type { AlertRule } from './facts.ts';
import { spanWords } from './silence.ts';

const INTRODUCTION = `# Alerts

<!-- written by \`pmcp alerts docs > docs/alerts.md\`; a test keeps it current -->

The mcp process judges every health check by the rules below and sends what it finds to one Telegram
chat. \`pmcp alerts list\` and the dashboard show the same.

## Setting it up

1. Ask @BotFather for a bot; put its token into a file of mode 0600 and set
   \`TELEGRAM_BOT_TOKEN_FILE\`. Each installation needs a bot of its own.
2. Write to the bot, or invite it to a group, and set \`TELEGRAM_CHAT_ID\`.
3. \`pmcp alerts test\` must say "delivered".
4. For commands from the chat, set \`TELEGRAM_USER_IDS\` to your own numeric ids. Without it commands
   are off. In a group, only what those users write in that chat counts; the rest is ignored and
   counted in \`pmcp_telegram_commands_total\`.
5. In staging, set \`TELEGRAM_PRODUCTION_CHAT_ID\` to production's chat: pmcp then refuses to start
   with it. Every message begins with its environment.

## What is told, and when

- An alert is told once when it opens, at once when it gets worse, and once, without a sound, when
  it is over. Everything that one check finds comes in one message.
- A warning that nobody acknowledged (\`pmcp alerts ack ID\`) within 30 minutes is told once more, as
  critical.
- A warning that comes back is not told again within \`DUPLICATE_ALERT_WINDOW_MINUTES\` of the last
  time. A critical alert whose end was told is news: it waits for \`ALERT_COOLDOWN_MINUTES\` only.
  What came and went meanwhile is told of once, when the window is over.
- While a parent is open its children raise nothing: a bot that is down has no feeds to complain of.
- \`pmcp alerts silence 'mcp.*' --for 30m\` holds messages back; what still holds at its end is told
  then. Alerts are listed all the same.
- \`pmcp maintenance begin\` holds everything back that work on the host explains, for an hour at most:
  see [maintenance](monitoring.md#maintenance). What is marked urgent below is told all the same, and
  so is the end of what was told before.
- \`pmcp alerts ack ID --false-positive\` marks what was no trouble, for the reviews.

## Delivery

A message is written to the monitor's database before it is sent. While Telegram cannot be reached
messages wait, across restarts, and are sent once each, in order, marked "late by 12 min". Waits
follow Telegram's \`retry_after\`, else 1 s doubling to 60 s. A refusal that only a person can mend
(bot blocked, wrong chat, wrong token) shows as \`alert_system\` critical with the remedy; it is
tried again every ten minutes and by \`pmcp alerts test\`. A process killed between Telegram's acceptance and the
note of it sends that one message again, marked "(may be a repeat)". On a full disk alerts are sent
from memory.

## Commands in the chat

/status /positions /pnl /trades /health /breaker /halt /silence /help. A command older than five
minutes is not carried out, but for /halt.

/resume and /reset loosen, so the chat can only ask for them. A code appears on the host, in the log
of the mcp process and by \`pmcp approve\`; \`pmcp approve CODE\` there does it, within ten minutes
and only while the breaker is still in the very halt or trip it was asked for. The code is never sent to
Telegram.

## Every alert
`;

/** docs/alerts.md. */
export function alertManual(rules: readonly AlertRule[]): string {
  return `${INTRODUCTION}\n${rules.map(section).join('\n')}`;
}

function section(rule: AlertRule) {
  const { key, title, severity, meaning, todo, parents, holdMs, sent, urgent } = rule;
  const remarks = [
    severity === 'critical' ? 'up to critical' : severity,
    ...(holdMs > 0 ? [`after ${spanWords(holdMs)}`] : []),
    ...(parents.length > 0 ? [`hidden by ${parents.map((one) => `\`${one}\``).join(', ')}`] : []),
    ...(sent ? [] : ['listed, not sent']),
    ...(urgent ? ['urgent'] : []),
  ];
  const body = `${title} (${remarks.join('; ')}). ${meaning}\n\nDo: ${todo}`;
  return `### \`${key}\`\n\n${wrapped(body)}\n`;
}

function wrapped(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(/(.{1,98})(?: |$)/g, '$1\n').trimEnd())
    .join('\n');
}
