import type { Page } from '../http.ts';

/** `problem` is our own text, or empty. */
export function loginPage(status: number, problem: string): Page {
  const alert = problem === '' ? '' : `<p role="alert" class="login-problem">${problem}</p>`;
  return {
    status,
    contentType: 'text/html; charset=utf-8',
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>pmcp: log in</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/style.css">
<body class="login">
<main>
<h1>pmcp</h1>
<form method="post" action="/login">
<label for="token">Dashboard token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<p class="hint">The value of DASHBOARD_TOKEN of this installation.</p>
${alert}
<button type="submit">Log in</button>
</form>
</main>
</html>
`,
  };
}
