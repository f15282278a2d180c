import { resolve } from 'node:path';
import type { Put } from './project.ts';

const DIST = resolve(import.meta.dirname, '../../dist');
export const COMMIT = 'c0ffee'.repeat(6).padEnd(40, '0');

/** What the pmcp of a fixture says, by file, so that each answer can be broken. */
export interface Said {
  code: number;
  text: string;
}

const bound = (estimate: number) => ({ estimate, low: estimate, high: estimate });

/** A bench report, as far as the plan reads it. */
export function benchSaid(bad?: string): Said {
  const row = (metric: string, name: string, good: number, wrong: number, most: number) => {
    const status = metric === bad ? 'FAIL' : 'PASS';
    const interval = bound(metric === bad ? wrong : good);
    return {
      ...{ metric, without: '10', with: '11', maxAllowable: `${most}`, status, basis: '' },
      judged: [{ name, interval, most, status }],
    };
  };
  const rows = [
    row('Trading latency', 'p50, with / without', 1.01, 1.3, 1.05),
    row('Memory', 'difference, MB', 54, 180, 100),
    row('CPU', 'difference, points', 0.3, 4, 1),
    row('Response time', 'p50, with / without', 1.02, 1.5, 1.1),
  ];
  const status = bad === undefined ? 'PASS' : 'FAIL';
  const message = status === 'PASS' ? 'Every interval lies within its budget.' : 'Over it.';
  return { code: status === 'PASS' ? 0 : 1, text: JSON.stringify({ status, message, rows }) };
}

export function healthSaid(verdict: string, code: number, failing: readonly string[] = []): Said {
  const checks = [
    { name: 'dashboard answers', result: 'passed', detail: 'HTTP 200' },
    ...failing.map((name) => ({ name, result: 'failed', detail: 'broken' })),
  ];
  return { code, text: JSON.stringify({ verdict, checks }) };
}

/** A release: its main entry, a pmcp that says what files say, and the plan's two scripts. */
export function createRelease(put: Put): (name: string, said: Said) => void {
  put('manifest.json', JSON.stringify({ commit: COMMIT, dirty: false }));
  put('dist/index.cjs', `module.exports = require(${JSON.stringify(`${DIST}/index.cjs`)});\n`);
  put(
    'dist/pmcp.cjs',
    `const { existsSync, readFileSync } = require('node:fs');
const [, , verb, flag] = process.argv;
const files = [verb + flag, verb].map((name) => __dirname + '/../said/' + name + '.json');
const file = files.find(existsSync);
if (file) { const { code, text } = JSON.parse(readFileSync(file)); console.log(text); process.exitCode = code; }
else { console.error('pmcp: nothing said of ' + verb); process.exitCode = 2; }
`,
  );
  const script = (up: string, verb: string) =>
    `#!/bin/sh\nexec "${process.execPath}" "$(dirname "$0")/${up}/dist/pmcp.cjs" ${verb} "$@"\n`;
  put('scripts/mcp/validate_health.sh', script('../..', 'health'));
  put('scripts/deploy_mcp_servers.sh', script('..', 'deploy'));
  return (name, said) => put(`said/${name}.json`, JSON.stringify(said));
}

/** The main entry with something wrong: `body` gets the real one as `real`. */
export function brokenLibrary(put: Put, body: string): void {
  put('dist/index.cjs', `const real = require(${JSON.stringify(`${DIST}/index.cjs`)});\n${body}\n`);
}
