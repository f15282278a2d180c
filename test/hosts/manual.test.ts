import { beforeAll, describe, expect, test } from 'vitest';
import { describeOnHosts, FIRST_START_MS, startHost, type TestHost } from './host.ts';
import { packOnce } from './install.ts';
import { executableBlocks } from './manual.ts';

const blocks = executableBlocks('docs/operations.md');
const LIMIT_MS = 240_000;

describe('the operations manual', () => {
  test('has commands to execute', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(8);
  });
});

describeOnHosts('the operations manual on a fresh host, block by block', () => {
  let host: TestHost;

  beforeAll(async () => {
    const { path } = await packOnce();
    host = await startHost({ name: 'manual' });
    // A release is what a checkout becomes when it is installed and built.
    await host.upload(path, '/tmp/release.tar.gz');
    await host.sh('mkdir /srv/pmcp; tar -xzf /tmp/release.tar.gz -C /srv/pmcp');
  }, FIRST_START_MS);

  test.each(blocks.map((block, index) => [index + 1, block] as const))(
    'block %i',
    async (_index, block) => {
      // The watch over a new release lasts minutes; what is tested here are the commands.
      const script = `export NO_COLOR=1 DEPLOY_OBSERVE_SECONDS=5; cd /srv/pmcp\n${block}`;
      const { code, stdout, stderr } = await host.run(['bash', '-euc', script], {
        timeoutMs: LIMIT_MS,
      });
      // The end of what it said is where the reason stands.
      expect(code, `${stdout}${stderr}`.slice(-3000)).toBe(0);
    },
    LIMIT_MS,
  );

  test('at its end the bot trades, monitoring runs, and the timers wait', async () => {
    const units = ['polymarket-bot', 'polymarket-mcp', 'pmcp-review-hourly.timer'];
    await host.must(['systemctl', 'is-active', ...units]);
  });
});
