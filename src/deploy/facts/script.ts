import { SERVICE_USER, UNIT_DIRECTORY, UNITS } from '../layout.ts';
import { READ_LOCK } from '../lock.ts';

/** Settings that a plan needs to know; none of them is a secret. */
const SETTINGS = [
  'ENVIRONMENT',
  'ALERT_ENABLED',
  'DASHBOARD_HOST',
  'METRICS_HOST',
  'MCP_HTTP_HOST',
  'DASHBOARD_PORT',
  'METRICS_PORT',
  'MCP_HTTP_PORT',
  'MCP_MARKET_HOURS_ENABLED',
  'MCP_MARKET_HOURS_START',
  'MCP_MARKET_HOURS_END',
  'TRADING_MODE',
] as const;

const PROGRAMS = 'tar gzip sha256sum systemctl systemd-analyze flock awk runuser install df stat';

/**
 * Prints all facts in one go, in sections that begin with `@@ name`. Only reads.
 *
 * $1 ROOT, $2 environment.
 */
export const PROBE = `
root=$1 environment=$2
ask() {
  [ -x "$root/current/bin/pmcp" ] && [ -d "$root/shared/config" ] || return 0
  cd "$root/shared/config"
  [ ! -d credentials ] || export CREDENTIALS_DIRECTORY="$root/shared/config/credentials"
  timeout 60 "$root/current/bin/pmcp" "$@" --env "$environment" --data-dir "$root/shared/data" --json 2>&1
}
section() { printf '\\n@@ %s\\n' "$1"; }
{
  section time; date +%s%3N
  section uid; id -u
  section arch; uname -m
  section systemd; [ ! -d /run/systemd/system ] || systemctl --version
  section missing; for program in ${PROGRAMS}; do command -v "$program" >/dev/null || echo "$program"; done
  section user; id -u ${SERVICE_USER} 2>/dev/null
  at=$root/releases; while [ ! -d "$at" ]; do at=$(dirname "$at"); done
  section disk; df -Pk "$at" | tail -n 1; df -Pi "$at" | tail -n 1
  section writable; [ ! -w "$at" ] || echo yes
  section backups; [ ! -d "$root/backups/mcp" ] || [ -w "$root/backups/mcp" ] && echo yes
  section releases; ls -1 "$root/releases" 2>/dev/null
  section current; readlink "$root/current"
  section current-bot; readlink "$root/current-bot"
  for mark in "$root"/marks/*.json; do
    [ ! -f "$mark" ] || { section "mark $(basename "$mark" .json)"; cat "$mark"; }
  done
  for unit in ${UNIT_DIRECTORY}/polymarket* ${UNIT_DIRECTORY}/pmcp*; do
    case $unit in */pmcp-revert.*) continue ;; esac
    [ ! -f "$unit" ] || { section "unit $(basename "$unit")"; cat "$unit"; }
  done
  for unit in ${UNITS.bot} ${UNITS.mcp}; do
    section "service $unit"
    systemctl show "$unit" -p LoadState -p ActiveState -p MainPID -p UnitFileState
    pid=$(systemctl show "$unit" -p MainPID --value)
    [ "\${pid:-0}" -le 0 ] || echo "Executable=$(readlink "/proc/$pid/exe")"
  done
  section ports
  if command -v ss >/dev/null; then ss -ltnpH; else
    awk 'FNR > 1 && $4 == "0A" { print "hex", $2 }' /proc/net/tcp /proc/net/tcp6
  fi
  section config
  for file in "$root"/shared/config/.env "$root"/shared/config/.env.* "$root"/shared/config/wallets.json; do
    [ ! -f "$file" ] || stat -c '%a %U %n' "$file"
  done
  section settings
  for file in "$root/shared/config/.env" "$root/shared/config/.env.$environment"; do
    [ ! -f "$file" ] || grep -hE '^[[:space:]]*(export[[:space:]]+)?(${SETTINGS.join('|')})[[:space:]]*=' "$file"
  done
  section secrets
  cat "$root"/shared/config/.env "$root/shared/config/.env.$environment" |
    sed -nE 's/^[[:space:]]*(export[[:space:]]+)?([A-Z_]+)[[:space:]]*=..*/\\2/p'
  section credentials; ls -1 "$root/shared/config/credentials"
  section lock
  (set -- "$root/deploy.lock" "$root/revert"; ${READ_LOCK})
} 2>/dev/null
section bot; ask status
section health; ask validate-health "--$environment" --quick
section end
exit 0
`;
