import type { TestHost } from './host.ts';

/**
 * Everything of a host that a dry run could change: every file with its content, mode and owner, and
 * what systemd has loaded. Left out is what running services and the login itself write.
 */
export function fingerprint(host: TestHost): Promise<string> {
  return host.sh(
    `
    leave='^(/proc|/sys|/dev|/run|/tmp|/var/log|/var/tmp|/var/lib/systemd|/opt/polymarket-copy-bot/shared/data)(/|$)'
    find / -xdev -printf '%p\\0' | grep -zvE "$leave" | sort -z >/dev/shm/names
    xargs -0 stat -c '%n %f %u %g %N' </dev/shm/names | sha256sum
    xargs -0 sh -c 'for name; do [ ! -f "$name" ] || [ -L "$name" ] || printf "%s\\0" "$name"; done' sh \\
      </dev/shm/names | xargs -0 sha256sum | sha256sum
    rm /dev/shm/names
    systemctl list-unit-files --no-legend | sort | sha256sum
    systemctl list-units --all --no-legend --plain 'polymarket*' 'pmcp*' | sha256sum
    systemctl show 'polymarket*' -p Id -p MainPID -p NRestarts -p ActiveEnterTimestamp`,
    { timeoutMs: 120_000 },
  );
}
