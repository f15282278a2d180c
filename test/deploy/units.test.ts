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
  const there = readdirSync(directory).filter((name) => name.endsWith('.service'));
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
  for (const { text } of renderUnits('/srv/pmcp', DEFAULT_FACTS)) {
    expect(text).not.toContain('/opt');
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
