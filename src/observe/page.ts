import type { HealthDocument } from './health.ts';

/** The page at /: the health document for a person, without a script. */
export function healthPage(health: HealthDocument): string {
  const rows = Object.entries(health.components).map(
    ([name, { status, message, since }]) =>
      `<tr><th>${name}</th><td class="${status}">${status}</td><td>${escapeHtml(message)}</td>` +
      `<td>since <time>${since.slice(0, 19)}Z</time></td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width"><title>pmcp: ${health.status}</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color:#1a1d21}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .8rem .35rem 0;
border-bottom:1px solid #8883;vertical-align:top;font-weight:400}th{font-family:monospace}
.healthy{color:#18794e}.degraded,.unknown{color:#a15c07}.critical{color:#c62828;font-weight:600}
.disabled,time{color:#777}
@media(prefers-color-scheme:dark){body{background:#16181c;color:#e4e6ea}.healthy{color:#5bc98c}
.degraded,.unknown{color:#e0a44a}.critical{color:#ff7b72}}
</style>
<h1>pmcp is <span class="${health.status}">${health.status}</span></h1>
<table>${rows.join('\n')}</table>
<p>${escapeHtml(health.environment)}, ${health.timestamp.slice(0, 19)}Z
· <a href="/health">/health</a> · <a href="/livez">/livez</a> · <a href="/readyz">/readyz</a></p>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
