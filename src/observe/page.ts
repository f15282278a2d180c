import type { HealthDocument } from './health.ts';

/** The page at /plain: the health document for a person, without a script. */
export function healthPage(health: HealthDocument): string {
  const rows = Object.entries(health.components).map(
    ([name, { status, message, since }]) =>
      `<tr><th>${name}</th><td>${status}</td><td>${escapeHtml(message)}</td>` +
      `<td>since <time>${since.slice(0, 19)}Z</time></td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width"><title>pmcp: ${health.status}</title>
<link rel="stylesheet" href="/style.css">
<body class="plain">
<main>
<h1>pmcp is ${health.status}</h1>
<table>${rows.join('\n')}</table>
<p><a href="/">with charts</a> · ${escapeHtml(health.environment)}, ${health.timestamp.slice(0, 19)}Z
· <a href="/health">/health</a> · <a href="/livez">/livez</a> · <a href="/readyz">/readyz</a></p>
</main>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
