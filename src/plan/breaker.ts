import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, holds, inconclusive } from './evidence.ts';
import { excerpt, runProgram } from './program.ts';
import type { Site } from './site.ts';

/**
 * The plan's own snippets, in JavaScript: each runs on the package's main entry, in a process and a
 * directory of its own, so that the breaker of the installation is never touched.
 */
const SNIPPETS = {
  coverage: `
    const cb = new CircuitBreaker({ maxDailyLoss: 100, walletAddress: 'test_address',
      stateFile: file, cooldownSeconds: 3600, onWarning: () => {} });
    say('acceptable', { answer: await cb.checkMcpTestCoverage(0.85, 0.85), state: cb.state('mcp').kind });
    say('below', { answer: await cb.checkMcpTestCoverage(0.75, 0.85), state: cb.state('mcp').kind });
    say('critical', { answer: await cb.checkMcpTestCoverage(0.50, 0.85), state: cb.state('mcp').kind,
      trading: cb.state('trading').kind });
    cb.reset('verify', 'mcp');
    say('reset', { state: cb.state('mcp').kind });`,
  resources: `
    const look = async (name, cpu, memory) => {
      const cb = new CircuitBreaker({ maxDailyLoss: 100, walletAddress: 'test_address',
        stateFile: file + '.' + name, cooldownSeconds: 3600, onWarning: () => {} });
      say(name, { answer: await cb.checkMcpResourceUsage(cpu, memory, 200), state: cb.state('mcp').kind,
        trading: cb.state('trading').kind });
    };
    await look('memory 50', 1, 50);
    await look('cpu 3', 3, 50);
    await look('memory 250', 1, 250);
    await look('cpu 8', 8, 50);`,
  integrator: `
    const integrator = getMcpRiskIntegrator();
    await integrator.initialize({}, {});
    await integrator.enable();
    const look = (name) => { const s = integrator.getStatistics();
      say(name, { active: integrator.mcpCircuitBreakerActive, enabled: s.enabled,
        statistics: s.mcpCircuitBreakerActive, trips: s.mcpCircuitBreakerTrips }); };
    look('before');
    await integrator.tripMcpCircuitBreaker('Test trip');
    look('tripped');
    await integrator.tripMcpCircuitBreaker('Test trip again');
    look('tripped twice');
    await integrator.resetMcpCircuitBreaker();
    look('reset');`,
  limits: `
    const integrator = getMcpRiskIntegrator();
    await integrator.initialize({}, {});
    await integrator.enable();
    let last;
    for (let i = 0; i < 4; i += 1) {
      last = await integrator.monitorAll();
      await new Promise((done) => setTimeout(done, 50));
    }
    say('over', { within: last.resourceUsage.withinLimits, memory: last.resourceUsage.totalMemoryMb,
      active: integrator.mcpCircuitBreakerActive });`,
} as const;

export type Snippet = keyof typeof SNIPPETS;
/** What was said of one step, by name. */
export type Said = Record<string, unknown>;

/** In the words of the plan's snippets, for evidence. */
const SHOWN: Readonly<Record<Snippet, string>> = {
  coverage: 'new CircuitBreaker(…).checkMcpTestCoverage',
  resources: 'new CircuitBreaker(…).checkMcpResourceUsage',
  integrator: 'getMcpRiskIntegrator(): trip, trip, reset, getStatistics',
  limits: 'getMcpRiskIntegrator().monitorAll() with MCP_RESOURCE_LIMIT_MB=1',
};

async function sayings(site: Site, snippet: Snippet) {
  return site.once(`snippet ${snippet}`, async () => {
    const directory = mkdtempSync(join(site.scratch, 'breaker-'));
    const code = `const { CircuitBreaker, getMcpRiskIntegrator } = require(${JSON.stringify(site.library)});
      const file = ${JSON.stringify(join(directory, 'state.json'))};
      const say = (name, what) => console.log(JSON.stringify({ name, ...what }));
      (async () => {${SNIPPETS[snippet]}})().catch((error) => { console.error(error); process.exitCode = 1; });`;
    const limit: Record<string, string> =
      snippet === 'limits' ? { MCP_RESOURCE_LIMIT_MB: '1' } : {};
    const ended = await runProgram(
      site,
      [process.execPath, '--disable-warning=ExperimentalWarning', '-e', code],
      { cwd: directory, env: { DATA_DIR: directory, ...limit }, shown: SHOWN[snippet] },
    );
    const said = new Map<string, Said>();
    for (const line of ended.stdout.split('\n')) {
      if (line.startsWith('{')) said.set(String(JSON.parse(line).name), JSON.parse(line));
    }
    return { ended, said };
  });
}

/** Whether what was said of this step is what the plan expects. */
export async function sayingFinding(
  site: Site,
  snippet: Snippet,
  step: string,
  expected: Said,
): Promise<Finding> {
  const { ended, said } = await sayings(site, snippet);
  const found = said.get(step);
  const rest = { command: `${ended.command}: ${step}`, output: excerpt(ended) };
  if (!found) return inconclusive(ended.problem ?? `it ended with code ${ended.code}`, rest);
  const wrong = Object.entries(expected).filter(([key, value]) => found[key] !== value);
  const words = (pairs: readonly (readonly [string, unknown])[]) =>
    pairs.map(([key, value]) => `${key} ${value}`).join(', ');
  const keys = Object.keys(expected).map((key) => [key, found[key]] as const);
  const detail = wrong.length === 0 ? words(keys) : `${words(keys)}; expected ${words(wrong)}`;
  return holds(wrong.length === 0, detail, { ...rest, output: JSON.stringify(found) });
}
