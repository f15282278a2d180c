import { passed, skipped } from '../../core/validation.ts';
import { UNIT_DIRECTORY, UNITS } from '../layout.ts';
import { DEFAULT_FACTS, EXCHANGE_UNIT, renderUnits } from '../units.ts';
import type { Examined } from './examine.ts';
import { type Diagnosis, type DoctorCheck, doubtful, ill, said, valuesOf } from './findings.ts';
import { installed } from './installation-checks.ts';

const ALL = [UNITS.bot, UNITS.mcp, EXCHANGE_UNIT] as const;

export const serviceChecks: readonly DoctorCheck[] = [
  ...renderUnits('/', DEFAULT_FACTS).map(
    ({ name: unit }): DoctorCheck => ({
      name: `unit ${unit}`,
      about: 'services',
      judge: installed((examined) => unitFile(examined, unit)),
    }),
  ),
  ...ALL.map(
    (unit): DoctorCheck => ({
      name: `${unit} runs`,
      about: 'services',
      judge: installed((examined) => running(examined, unit)),
    }),
  ),
  { name: 'limits of mcp are in force', about: 'services', judge: installed(limits) },
  { name: 'bot', about: 'services', judge: installed(bot) },
];

export const networkChecks: readonly DoctorCheck[] = [
  { name: 'Telegram and venue can be reached', about: 'network', judge: reach },
];

function isWanted({ units }: Examined, unit: string): boolean {
  return units.some(({ name }) => name === unit);
}

/** There, as it should be, loaded as it is there, and changed by nobody. */
function unitFile(examined: Examined, unit: string): Diagnosis {
  const wanted = examined.units.find(({ name }) => name === unit);
  if (!wanted) return skipped('only on paper');
  const found = examined.facts.units[unit];
  const again = 'Deploy again: `pmcp deploy` shows the difference before it changes anything.';
  if (found === undefined) return ill(`is not in ${UNIT_DIRECTORY}`, again);
  if (found !== wanted.text) return ill('is not as this release writes it', again);
  const state = valuesOf(examined, `unit ${unit}`);
  if (state.get('NeedDaemonReload') === 'yes') {
    return ill('systemd has not read it since it changed', 'systemctl daemon-reload');
  }
  const dropIns = state.get('DropInPaths') ?? '';
  if (dropIns === '') return passed('as it should be');
  return doubtful(`changed by ${dropIns}`, `See \`systemctl cat ${unit}\`; \`systemctl revert\`.`);
}

function running(examined: Examined, unit: string): Diagnosis {
  if (!isWanted(examined, unit)) return skipped('only on paper');
  const state = valuesOf(examined, `unit ${unit}`);
  const active = state.get('ActiveState') ?? 'unknown';
  const restarts = Number(state.get('NRestarts') ?? 0);
  const times = restarts === 0 ? '' : `, restarted ${restarts} times by systemd`;
  if (active === 'active') return passed(`active${times}`);
  const why = `systemctl start ${unit}; why it stopped: journalctl -u ${unit} -n 50`;
  return ill(`${active} (${state.get('Result') ?? 'no result'})${times}`, why);
}

const MEMORY_BYTES = 2 ** 30;

/** What the kernel enforces, and not only what systemd was told. */
function limits(examined: Examined): Diagnosis {
  const state = valuesOf(examined, `unit ${UNITS.mcp}`);
  const remedy = `systemctl daemon-reload && systemctl restart ${UNITS.mcp}; see the controllers above`;
  if (state.get('ActiveState') !== 'active') return skipped('it does not run');
  const [quota = Number.NaN, period = Number.NaN] = (state.get('Cpu') ?? '').split(' ').map(Number);
  const memory = Number(state.get('Memory') ?? Number.NaN);
  if (Number.isNaN(quota / period) || Number.isNaN(memory)) {
    return ill('the kernel limits nothing for it', remedy);
  }
  const percent = (100 * quota) / period;
  const words = `CPU ${percent.toFixed(1)} %, memory ${Math.round(memory / 2 ** 20)} MiB in the kernel`;
  return percent > 0 && percent <= 15 && memory <= MEMORY_BYTES
    ? passed(words)
    : ill(`${words}; wanted 15 % and 1024 MiB`, remedy);
}

function bot({ facts }: Examined): Diagnosis {
  const found = facts.bot;
  if ('problem' in found) {
    return ill(`does not answer: ${found.problem}`, `journalctl -u ${UNITS.bot} -n 50`);
  }
  if (found.tradingBreaker !== 'armed') {
    const remedy = '`pmcp breaker status` there; reset it when the cause is gone.';
    return ill(`its breaker is ${found.tradingBreaker}`, remedy);
  }
  if (found.entriesAllowed) return passed(`trades (${found.environment})`);
  return doubtful(`enters nothing: ${found.entriesReason}`, 'See `pmcp status` there.');
}

function reach(examined: Examined): Diagnosis {
  const targets = [...examined.details.keys()].filter((name) => name.startsWith('reach '));
  if (targets.length === 0)
    return { result: 'off', detail: 'no alerts to send, and paper trading' };
  const lost = targets.filter((name) => said(examined, name) !== 'reached');
  const names = (list: string[]) => list.map((name) => name.slice('reach '.length)).join(', ');
  if (lost.length === 0) return passed(names(targets));
  return ill(
    `no connection to ${names(lost)}`,
    'Open the firewall for outgoing TCP, or check DNS.',
  );
}
