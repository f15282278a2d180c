/**
 * What the facts of a deploy leave out and a doctor looks at, in sections that begin with
 * `@@ name`. Only reads.
 *
 * $1 ROOT, $2 environment, then the units, `--`, and `host:port` of what must be reached.
 */
export const EXAMINATION = `
root=$1 environment=$2
shift 2
section() { printf '\\n@@ %s\\n' "$1"; }
{
  section controllers
  cat /sys/fs/cgroup/cgroup.controllers || awk '$4 == 1 { print $1 }' /proc/cgroups
  section memory; awk '/^Mem(Total|Available)/ { print $2 }' /proc/meminfo
  section clock; timedatectl show -p NTPSynchronized -p NTP -p Timezone
  section entropy; cat /proc/sys/kernel/random/entropy_avail
  section files; cat /proc/sys/fs/nr_open
  section node; "$root/current/runtime/node" --version
  for link in current current-bot; do
    section "link $link"
    [ ! -L "$root/$link" ] || readlink "$root/$link"
    [ ! -x "$root/$link/bin/pmcp" ] || [ ! -f "$root/$link/manifest.json" ] || echo whole
  done
  section modes
  for path in "$root" "$root/releases" "$root/current" "$root/shared/config" "$root/shared/data" \\
    "$root/shared/config/credentials" "$root"/shared/config/credentials/* "$root"/shared/data/*.db; do
    [ ! -e "$path" ] || stat -Lc '%a %U %F|%n' "$path"
  done
  section configuration
  if [ -x "$root/current/bin/pmcp" ] && cd "$root/shared/config"; then
    [ ! -d credentials ] || export CREDENTIALS_DIRECTORY="$root/shared/config/credentials"
    timeout 20 "$root/current/bin/pmcp" config check --env "$environment" \\
      --data-dir "$root/shared/data" 2>&1 && echo accepted
  fi
  while [ "$1" != -- ]; do
    section "unit $1"
    systemctl show "$1" -p NeedDaemonReload -p DropInPaths -p NRestarts -p Result \\
      -p CPUQuotaPerSecUSec -p MemoryMax -p MainPID -p ActiveState
    pid=$(systemctl show "$1" -p MainPID --value)
    if [ "\${pid:-0}" -gt 0 ]; then
      at=$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
      [ ! -e "/sys/fs/cgroup$at/cpu.max" ] ||
        { echo "Cpu=$(cat "/sys/fs/cgroup$at/cpu.max")"; echo "Memory=$(cat "/sys/fs/cgroup$at/memory.max")"; }
      cpu=$(sed -nE 's/^[0-9]+:(cpu|cpu,cpuacct)://p' "/proc/$pid/cgroup" | head -n 1)
      quota=$(cat "/sys/fs/cgroup/cpu$cpu/cpu.cfs_quota_us") &&
        echo "Cpu=$quota $(cat "/sys/fs/cgroup/cpu$cpu/cpu.cfs_period_us")"
      memory=$(sed -nE 's/^[0-9]+:memory://p' "/proc/$pid/cgroup")
      [ ! -e "/sys/fs/cgroup/memory$memory/memory.limit_in_bytes" ] ||
        echo "Memory=$(cat "/sys/fs/cgroup/memory$memory/memory.limit_in_bytes")"
    fi
    shift
  done
  shift
  for target; do
    section "reach $target"
    timeout 4 bash -c 'exec 3<>"/dev/tcp/\${0%:*}/\${0##*:}"' "$target" && echo reached
  done
} 2>/dev/null
section end
exit 0
`;
