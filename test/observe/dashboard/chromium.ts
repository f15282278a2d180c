import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll } from 'vitest';

/** Debian's own browser; where there is none, the tests with it are skipped by name. */
export const chromiumPath = find('chromium');

function find(program: string): string | undefined {
  try {
    return execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];

let launched: Promise<Browser> | undefined;

export interface OpenPage {
  page: Page;
  /** What the page complained of, a policy violation among it. */
  complaints: string[];
  /** Every address that was asked for. */
  requested: string[];
  /** Ends the page, and hands over what it executed to the coverage of this run. */
  close(): Promise<void>;
}

/** A fresh profile for every page. */
export async function openPage(url: string, options: BrowserContextOptions): Promise<OpenPage> {
  launched ??= chromium.launch({ executablePath: chromiumPath ?? '', args: FLAGS });
  const context = await (await launched).newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => {
    if (/error|warning/.test(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requested.push(request.url()));
  await page.coverage.startJSCoverage({ resetOnNavigation: false, reportAnonymousScripts: false });
  await page.goto(url);
  const close = async () => {
    keepCoverage(await page.coverage.stopJSCoverage());
    await context.close();
  };
  return { page, complaints, requested, close };
}

afterAll(async () => {
  await (await launched)?.close();
});

const script = resolve(import.meta.dirname, '../../../dist/page/app.js');
let kept = 0;

/** As Node's own NODE_V8_COVERAGE, so that the page counts like every other program of ours. */
function keepCoverage(entries: readonly { url: string; functions: unknown }[]): void {
  const directory = process.env['PMCP_COVERAGE_DIR'];
  if (!directory) return;
  const result = entries
    .filter(({ url }) => url.endsWith('/app.js'))
    .map(({ functions }) => ({ url: pathToFileURL(script).href, functions }));
  mkdirSync(directory, { recursive: true });
  kept += 1;
  const name = `page-${process.pid}-${kept}.json`;
  writeFileSync(resolve(directory, name), JSON.stringify({ result }));
}

interface AxeViolation {
  id: string;
  help: string;
  nodes: { html: string; failureSummary: string }[];
}

/** What keeps people out, one line each. */
export async function axeViolations(page: Page): Promise<string[]> {
  // Not by a script element: the policy of the page would refuse it, as it should.
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as { violations: AxeViolation[] };
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html}: ${failureSummary}`),
  );
}
