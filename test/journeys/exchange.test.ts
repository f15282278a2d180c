import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../commands/exchange.ts';
import { createEngine, SCENARIO_NAMES } from '../../src/exchange/create-engine.ts';
import { EXCHANGE_FILE } from '../../src/exchange/server.ts';
import { openStore } from '../../src/exchange/store.ts';
import { freePort, runPmcp, startPmcp, temporaryDirectory } from './run.ts';

/** `pmcp exchange` as an operator runs it. */
describe('pmcp exchange', () => {
  it('serves, tells what happens at a rate that can be read, and stops on SIGINT', async () => {
    const program = startPmcp(['exchange', '--port', '0', '--speed', '60', '--memory']);
    const [, url] = await program.waitFor(/paper exchange on (http:\/\/127\.0\.0\.1:\d+)/);
    await program.waitFor(/leader \w+ 0x[0-9a-f]{40}: \w+/);
    await program.waitFor(/leader \w+ (BUY|SELL) [\d.]+ .+ @ 0\.\d+ {2}[\w-]+/, 25_000);
    const time = await fetch(`${url}/clob/time`);
    expect(Number(await time.text())).toBeGreaterThan(1_700_000_000);
    const began = performance.now();
    const exit = await program.stop('SIGINT');
    expect(performance.now() - began).toBeLessThan(3000);
    expect(exit.code).toBe(130);
    expect(exit.stdout).toMatch(/leader/);
    expect(exit.stderr).toBe('');
  });

  it('streams documents with --json', async () => {
    const program = startPmcp(['exchange', '--port', '0', '--memory', '--json']);
    await program.waitFor(/"kind":"leader"/);
    const exit = await program.stop();
    const documents = exit.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(documents[0]).toMatchObject({
      schema: 'pmcp.exchange',
      version: 1,
      kind: 'listening',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
  });

  it('goes on where it ended, and never behind that', async () => {
    const dataDir = temporaryDirectory();
    mkdirSync(dataDir, { recursive: true });
    const ahead = Date.now() + 86_400_000;
    const store = openStore(join(dataDir, EXCHANGE_FILE));
    createEngine({ startMs: ahead, seed: 1, scenario: 'calm', store }).close();
    const program = startPmcp(['exchange', '--port', '0'], { dataDir });
    const [, url] = await program.waitFor(/paper exchange on (http:\/\/127\.0\.0\.1:\d+)/);
    const time = Number(await (await fetch(`${url}/clob/time`)).text());
    expect(time * 1000).toBeGreaterThan(ahead - 60_000);
    await program.stop();
    const behind = await runPmcp(['exchange', '--port', '0'], {
      dataDir,
      env: { PMCP_CLOCK: `${Date.now()}@${Date.now()}*60` },
    });
    expect(behind.code).toBe(3);
    expect(behind.stderr).toMatch(/PMCP_CLOCK is behind the exchange’s stored state/);
  });

  it('refuses a port in use with 3', async () => {
    const port = String(await freePort());
    const first = startPmcp(['exchange', '--port', port, '--memory']);
    await first.waitFor(/paper exchange on/);
    const second = await runPmcp(['exchange', '--port', port, '--memory']);
    expect(second.code).toBe(3);
    expect(second.stderr).toMatch(new RegExp(`cannot listen on 127.0.0.1:${port}`));
    await first.stop();
  });

  it.each([
    [['--speed', '0'], /--speed: 0 is not a factor/],
    [['--port', '70000'], /--port: 70000 is not a port/],
    [['--scenario', 'stormy'], /stormy/],
  ])('refuses %j with 2', async (options, message) => {
    const exit = await runPmcp(['exchange', '--memory', '--port', '0', ...options]);
    expect(exit.code).toBe(2);
    expect(exit.stderr).toMatch(message);
  });

  it('names every scenario in its help', () => {
    expect(SCENARIO_NAMES.filter((name) => !SCENARIOS.some((known) => known === name))).toEqual([]);
  });
});
