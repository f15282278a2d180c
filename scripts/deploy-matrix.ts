import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs the tests that need real systemd hosts and writes the deploy matrix of docs from what they did:
 * `node scripts/deploy-matrix.ts`, as root, from a built checkout. With a file of vitest's JSON
 * reporter as argument (coverage/tests.json), that run is written down.
 */
interface Case {
  title: string;
  status: string;
  duration?: number;
  ancestorTitles: string[];
}
interface Report {
  startTime: number;
  testResults: { name: string; assertionResults: Case[] }[];
}

const DOCUMENT = 'deploy-matrix';
const FILES = [
  'matrix-deploy',
  'matrix-rollback',
  'fleet',
  'services',
  'review',
  'doctor',
  'manual',
  'verify',
];

function run(): Report {
  const directory = mkdtempSync(join(tmpdir(), 'pmcp-matrix-'));
  const file = join(directory, 'report.json');
  const tests = FILES.map((name) => `test/hosts/${name}.test.ts`);
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  try {
    spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', ...args, ...tests], {
      stdio: 'inherit',
    });
    return JSON.parse(readFileSync(file, 'utf8'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const WORDS: Record<string, string> = { passed: 'passed', failed: '**FAILED**' };

function rows({ testResults }: Report): string[] {
  return testResults
    .toSorted((a, b) => order(a.name) - order(b.name))
    .filter(({ name }) => order(name) >= 0)
    .flatMap(({ assertionResults }) =>
      assertionResults.map(({ ancestorTitles, title, status, duration }) => {
        const seconds = duration === undefined ? '' : (duration / 1000).toFixed(1);
        return `| ${ancestorTitles.at(-1) ?? ''} | ${title} | ${WORDS[status] ?? 'not run'} | ${seconds} |`;
      }),
    );
}

function order(path: string): number {
  return FILES.findIndex((name) => path.endsWith(`test/hosts/${name}.test.ts`));
}

function firstLine(program: string, args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' }).split('\n')[0] ?? '';
}

const [file] = process.argv.slice(2);
const report: Report = file === undefined ? run() : JSON.parse(readFileSync(file, 'utf8'));
const commit = firstLine('git', ['rev-parse', '--short', 'HEAD']);
const groups = existsSync('/sys/fs/cgroup/cgroup.controllers') ? 'v2' : 'v1';
const day = new Date(report.startTime).toISOString().slice(0, 10);

writeFileSync(
  join('docs', `${DOCUMENT}.md`),
  `# What was tried on real hosts

Written by \`node scripts/deploy-matrix.ts\` on ${day} at commit ${commit}: throw-away Debian 12 hosts with
systemd as process 1 and enforced limits (control groups ${groups}), bot, monitoring and paper exchange
trading on them. Each case is a test in \`test/hosts\`; seconds are those of that run, on two shared cores.

| | case | result | seconds |
|---|---|---|---|
${rows(report).join('\n')}
`,
);
