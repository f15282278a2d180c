import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { armStep, disarmStep, type Reversal } from '../../src/deploy/dead-man.ts';
import { UNIT_DIRECTORY } from '../../src/deploy/layout.ts';
import { prepareRollback, revertScript } from '../../src/deploy/rollback/prepare.ts';
import type { Step } from '../../src/deploy/step.ts';
import { createGround } from './ground.ts';
import { event, inventory, marked, release } from './inventories.ts';

const [MCP, BOT] = ['polymarket-mcp.service', 'polymarket-bot.service'] as const;
const [HOURLY, WEEKLY, EXTRA] = [
  'pmcp-hourly.timer',
  'pmcp-weekly.timer',
  'pmcp-extra.timer',
] as const;
const unit = (text: string) => `[Unit]\nDescription=${text}\n\n[Install]\nWantedBy=x\n`;

/** A systemd that only remembers what is enabled and what is active, in the file that is named so. */
const SYSTEMCTL = `#!/bin/sh
cd "$(dirname "$0")/.."
verb=$1 now=
shift
for word; do
  case $word:$verb in
    --now:*) now=yes ;;
    --*) ;;
    *:enable) touch "enabled/$word"; [ -z "$now" ] || touch "active/$word" ;;
    *:disable) rm -f "enabled/$word"; [ -z "$now" ] || rm -f "active/$word" ;;
    *:is-enabled) [ -e "enabled/$word" ] || exit 1 ;;
    *:is-active) [ -e "active/$word" ] || exit 3 ;;
    *:restart) echo "$word" >>restarted ;;
  esac
done
exit 0
`;

/** An installation on this machine whose units are plain files; \`current\` is what it says. */
function installed(units: Record<string, string>, enabled: readonly string[]) {
  const ground = createGround();
  const { root, layout, host } = ground;
  for (const name of ['bin', 'enabled', 'active', 'releases']) mkdirSync(join(root, name));
  writeFileSync(join(root, 'bin/systemctl'), SYSTEMCTL, { mode: 0o755 });
  const put = (texts: Record<string, string>) => {
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(ground.units, name), text);
  };
  const enable = (names: readonly string[]) => {
    for (const name of names) {
      for (const state of ['enabled', 'active']) writeFileSync(join(root, state, name), '');
    }
  };
  const path = `PATH=${join(root, 'bin')}:${process.env['PATH']}`;
  const run = async ({ argv, input }: Pick<Step, 'argv' | 'input'>) => {
    const own = argv.map((word) => (word === UNIT_DIRECTORY ? ground.units : word));
    const answer = await host.run(['env', path, ...own], input === undefined ? {} : { input });
    expect(answer).toMatchObject({ code: 0, stderr: '' });
  };
  put(units);
  enable(enabled);
  return {
    ...ground,
    put,
    enable,
    run,
    revert: () => run({ argv: ['sh', `${layout.revert}/revert.sh`, root, ground.units] }),
    names: (directory = ground.units) =>
      readdirSync(directory).filter((name) => !name.startsWith('pmcp-revert.')),
    text: (name: string) => readFileSync(join(ground.units, name), 'utf8'),
    own: (id: string, names: readonly string[]) => {
      mkdirSync(join(layout.release(id), 'systemd'), { recursive: true });
      for (const name of names) writeFileSync(join(layout.release(id), 'systemd', name), '');
    },
  };
}

const common = {
  current: 'r1',
  token: '',
  by: 'ann',
  events: { started: 'revert-started', done: 'reverted', failed: 'revert-failed' },
};

test('a deploy that is taken back: texts, and what was enabled, are as they were', async () => {
  const before = { [MCP]: unit('old mcp'), [BOT]: unit('bot'), [WEEKLY]: unit('old weekly') };
  // The operator wants no weekly review on this host.
  const ground = installed(before, [MCP, BOT]);
  const service = EXTRA.replace('timer', 'service');
  const keep = [MCP, WEEKLY, EXTRA, service];
  await ground.run(armStep(ground.layout, { ...common, units: { keep } }, 60, revertScript()));
  const fresh = { [MCP]: unit('new'), [WEEKLY]: unit('new'), [EXTRA]: unit('new') };
  ground.put({ ...fresh, [service]: '[Service]\n' });
  ground.enable([WEEKLY, EXTRA]);
  await ground.revert();
  expect(ground.names().sort()).toEqual(Object.keys(before).sort());
  for (const [name, text] of Object.entries(before)) expect(ground.text(name)).toBe(text);
  for (const state of ['enabled', 'active']) {
    expect(ground.names(join(ground.root, state)).sort()).toEqual([BOT, MCP]);
  }
  expect(readFileSync(join(ground.root, 'restarted'), 'utf8')).toBe(`pmcp-revert.timer\n${MCP}\n`);
  expect(existsSync(ground.layout.revert)).toBe(false);
});

test('a confirmed release keeps every unit of ours, and a rollback brings them back but the bot’s', async () => {
  const first = { [MCP]: unit('mcp 1'), [BOT]: unit('bot 1'), [HOURLY]: unit('hourly 1') };
  const ground = installed(first, [MCP, BOT, HOURLY]);
  const { layout, host, root } = ground;
  ground.own('r1', [MCP, BOT, HOURLY]);
  ground.own('r2', [MCP, BOT, EXTRA]);
  const reversal: Reversal = { ...common, bad: { release: 'r1', why: '' }, units: { keep: [] } };
  await ground.run({ argv: ['ln', '-s', 'releases/r1', layout.current] });
  await ground.run(armStep(layout, reversal, 60, revertScript()));
  await ground.run(disarmStep(layout));
  expect(ground.names(join(layout.units, 'r1')).sort()).toEqual([HOURLY, BOT, MCP].sort());
  // The next release has another timer, and other texts.
  rmSync(join(ground.units, HOURLY));
  for (const state of ['enabled', 'active']) rmSync(join(root, state, HOURLY));
  ground.put({ [MCP]: unit('mcp 2'), [BOT]: unit('bot 2'), [EXTRA]: unit('extra 2') });
  ground.enable([EXTRA]);
  const state = inventory({
    releases: [release('r1'), release('r2')],
    marks: [marked('r1', 'good')],
    current: 'r2',
    audit: [event(1, 'switched', 'r1'), event(2, 'switched', 'r2')],
  });
  const wish = { kind: 'mcp', by: 'ann', reason: 'slow' } as const;
  const [arm] = (await prepareRollback(host, layout, state, wish)).steps('token');
  await ground.run(arm ?? { argv: ['false'] });
  await ground.revert();
  expect(ground.names().sort()).toEqual([HOURLY, BOT, MCP].sort());
  expect(ground.text(MCP)).toBe(unit('mcp 1'));
  expect(ground.text(HOURLY)).toBe(unit('hourly 1'));
  expect(ground.text(BOT)).toBe(unit('bot 2'));
  for (const state of ['enabled', 'active']) {
    expect(ground.names(join(root, state)).sort()).toEqual([HOURLY, BOT, MCP].sort());
  }
  const mark = JSON.parse(readFileSync(join(layout.marks, 'r2.json'), 'utf8'));
  expect(mark).toMatchObject({ release: 'r2', mark: 'bad', why: 'slow' });
});

test('of a release that does not name its units nothing is removed', async () => {
  const ground = installed({ [MCP]: unit('mcp'), [EXTRA]: unit('extra') }, [MCP, EXTRA]);
  const { layout, host } = ground;
  mkdirSync(layout.release('r1'));
  ground.own('r2', [MCP, EXTRA]);
  const state = inventory({
    releases: [release('r1'), release('r2')],
    marks: [marked('r1', 'good')],
    current: 'r2',
  });
  const wish = { kind: 'mcp', by: 'ann', reason: '' } as const;
  const [arm] = (await prepareRollback(host, layout, state, wish)).steps('token');
  await ground.run(arm ?? { argv: ['false'] });
  await ground.revert();
  expect(ground.names().sort()).toEqual([EXTRA, MCP].sort());
});

test('killed while it removes its own files, it is over, and the next change can be armed', async () => {
  const ground = installed({ [MCP]: unit('mcp') }, [MCP]);
  const { root, layout, host, units } = ground;
  const arm = armStep(layout, { ...common, units: { keep: [MCP] } }, 60, revertScript());
  await ground.run(arm);
  // Removes one file of a directory, and the shell that asked for it is gone.
  const rm = `#!/bin/sh
[ -e "$2/revert.sh" ] || exec /bin/rm "$@"
/bin/rm "$2/revert.sh"
kill -KILL $PPID
`;
  writeFileSync(join(root, 'bin/rm'), rm, { mode: 0o755 });
  const path = `PATH=${join(root, 'bin')}:${process.env['PATH']}`;
  const answer = await host.run(['env', path, 'sh', `${layout.revert}/revert.sh`, root, units]);
  expect(answer.code).not.toBe(0);
  rmSync(join(root, 'bin/rm'));
  expect(existsSync(layout.revert)).toBe(false);
  await ground.run(arm);
});
