import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULT_FACTS, renderUnits } from '../../src/deploy/units.ts';
import { root as checkout } from '../house/source.ts';

const directory = join(checkout, 'systemd');
const textOf = (name: string, facts = DEFAULT_FACTS, root = '/opt/polymarket-copy-bot') =>
  renderUnits(root, facts).find((unit) => unit.name === name)?.text ?? '';
const settings = (text: string, key: string) =>
  [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value);

test('systemd/ holds the units as they are rendered for the default root', () => {
  const rendered = renderUnits('/opt/polymarket-copy-bot', DEFAULT_FACTS);
  const there = readdirSync(directory).filter((name) => /\.(?:service|timer)$/.test(name));
  expect(there.sort()).toEqual(rendered.map(({ name }) => name).sort());
  for (const { name, text } of rendered) {
    expect(readFileSync(join(directory, name), 'utf8'), name).toBe(text);
  }
});

test('the mcp service wants the bot, and nothing that happens to it can reach the bot', () => {
  const mcp = textOf('polymarket-mcp.service');
  const bot = textOf('polymarket-bot.service');
  expect(settings(mcp, 'Wants')).toEqual(['polymarket-bot.service']);
  expect(bot).not.toContain('polymarket-mcp');
  for (const text of [mcp, bot]) {
    expect(text).not.toMatch(
      /^(?:Requires|Requisite|BindsTo|PartOf|Conflicts|Upholds|OnFailure)=/m,
    );
  }
  const scores = [bot, mcp].map((text) => Number(settings(text, 'OOMScoreAdjust')[0]));
  expect(scores[0]).toBeLessThan(scores[1] ?? 0);
});

test('every path follows the root', () => {
  for (const { name, text } of renderUnits('/srv/pmcp', DEFAULT_FACTS)) {
    expect(text).not.toContain('/opt');
    if (name.endsWith('.timer')) continue;
    expect(settings(text, 'WorkingDirectory')).toEqual(['/srv/pmcp/shared/config']);
  }
  const bot = textOf('polymarket-bot.service', DEFAULT_FACTS, '/srv/pmcp');
  expect(settings(bot, 'ExecStart')).toEqual(['/srv/pmcp/current-bot/bin/pmcp bot']);
});

describe('secrets', () => {
  const facts = { ...DEFAULT_FACTS, credentials: ['PRIVATE_KEY', 'DASHBOARD_TOKEN', 'NOISE'] };
  const folder = '/opt/polymarket-copy-bot/shared/config/credentials';

  test('that are there are given to the service that needs them, and to no other', () => {
    const bot = settings(textOf('polymarket-bot.service', facts), 'LoadCredential');
    const mcp = settings(textOf('polymarket-mcp.service', facts), 'LoadCredential');
    expect(bot).toEqual([`PRIVATE_KEY:${folder}/PRIVATE_KEY`]);
    expect(mcp).toEqual([`DASHBOARD_TOKEN:${folder}/DASHBOARD_TOKEN`]);
    expect(textOf('polymarket-exchange.service', facts)).not.toContain('LoadCredential');
  });

  test('that are not there stop no service', () => {
    for (const { text } of renderUnits('/opt/x', DEFAULT_FACTS)) {
      expect(text).not.toContain('LoadCredential');
    }
  });
});

test('a live installation has no exchange and does not wait for one', () => {
  const units = renderUnits('/opt/x', { ...DEFAULT_FACTS, paper: false });
  expect(units.map(({ name }) => name)).not.toContain('polymarket-exchange.service');
  for (const { text } of units) expect(text).not.toContain('exchange');
});

test('the mcp service speaks to this machine only, unless alerts have to leave it', () => {
  const closed = textOf('polymarket-mcp.service');
  expect(settings(closed, 'IPAddressDeny')).toEqual(['any']);
  const open = textOf('polymarket-mcp.service', { ...DEFAULT_FACTS, mcpReachesOut: true });
  expect(settings(open, 'IPAddressDeny')).toEqual([]);
});

describe('the timers of the reviews', () => {
  const reviews = renderUnits('/opt/polymarket-copy-bot', DEFAULT_FACTS).filter(({ name }) =>
    name.startsWith('pmcp-review-'),
  );
  const timers = reviews.filter(({ name }) => name.endsWith('.timer'));
  const services = reviews.filter(({ name }) => name.endsWith('.service'));

  test('each has its service, comes at its time, late rather than never, and not all at once', () => {
    expect(timers.map(({ text }) => settings(text, 'OnCalendar')[0])).toEqual([
      'hourly',
      '*:0/30',
      'Mon *-*-* 06:00:00 UTC',
    ]);
    const stem = ({ name }: { name: string }) => name.replace(/\.\w+$/, '');
    expect(timers.map(stem)).toEqual(services.map(stem));
    for (const { text } of timers) {
      expect(settings(text, 'Persistent')).toEqual(['true']);
      expect(settings(text, 'RandomizedDelaySec')).toHaveLength(1);
    }
  });

  test('systemd knows these times', ({ skip }) => {
    skip(!onPath('systemd-analyze'), 'systemd-analyze is not installed');
    for (const { text } of timers) {
      const [calendar = ''] = settings(text, 'OnCalendar');
      expect(execFileSync('systemd-analyze', ['calendar', calendar], { encoding: 'utf8' })).toMatch(
        /Next elapse: \w+/,
      );
    }
  });

  test('they look and change nothing: no way out, no key, nothing of the bot’s own', () => {
    const facts = {
      ...DEFAULT_FACTS,
      mcpReachesOut: true,
      credentials: ['PRIVATE_KEY', 'TELEGRAM_BOT_TOKEN', 'DASHBOARD_TOKEN'],
    };
    for (const { name } of services) {
      const text = textOf(name, facts);
      expect(settings(text, 'IPAddressDeny')).toEqual(['any']);
      expect(settings(text, 'LoadCredential')).toEqual([
        expect.stringMatching(/^DASHBOARD_TOKEN:/),
      ]);
      expect(settings(text, 'InaccessiblePaths').join()).toMatch(/journal\.db.*control\.sock/);
      expect(settings(text, 'ExecStart')[0]).toMatch(/current\/bin\/pmcp review --(?:now|week)/);
      expect(settings(text, 'User')).toEqual(['pmcp']);
    }
  });
});

function onPath(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}
