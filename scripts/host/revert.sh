#!/bin/sh
# Takes a change of this host back, or rolls it back: links and units become what ROOT/revert/plan
# says, services are restarted, the release that was left is marked, and the lock is freed.
#
# Run by pmcp-revert.service: by its timer when nobody has confirmed a change in time (the operator's
# connection is gone), after a reboot in the middle, or at once for `pmcp rollback`. It may be killed
# anywhere and run again: each part looks at what is there first, and the plan goes last. The timer
# stays enabled, for a reboot until then; without a plan it does nothing.
set -u
root=$1
units_dir=${2:-/etc/systemd/system}
dir=$root/revert
cd "$dir" || exit 0

# One rename decides between a confirmation and this script.
mv plan plan.acting 2>/dev/null || [ -e plan.acting ] || exit 0

release='' current='' bot=no current_bot='' token='' monitor=no
while IFS='=' read -r key value; do
  case $key in
    release) release=$value ;;
    current) current=$value ;;
    bot) bot=$value ;;
    current_bot) current_bot=$value ;;
    token) token=$value ;;
    monitor) monitor=$value ;;
  esac
done <plan.acting

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# audit FILE: appends the line that was prepared, with the time of now.
audit() {
  (
    umask 027
    log=$root/deploy.log.jsonl
    exec 9>>"$log.guard"
    flock -w 15 9
    [ -z "$(tail -c 1 "$log" 2>/dev/null)" ] || echo >>"$log"
    sed "s/@AT@/$(now)/" "$1" >>"$log"
    sync "$log"
  )
}

# point LINK RELEASE: in one step; without a release the link goes away.
point() {
  if [ -z "$2" ]; then
    rm -f "$root/$1"
  elif [ "$(readlink "$root/$1")" != "releases/$2" ]; then
    ln -sfn "releases/$2" "$root/$1.new" && mv -fT "$root/$1.new" "$root/$1"
  fi
}

# running UNIT: the release that its process was started from, whatever the link says.
running() {
  pid=$(systemctl show --property MainPID --value "$1")
  [ "${pid:-0}" -gt 0 ] || return 0
  readlink "/proc/$pid/exe" | sed -n "s|.*/releases/\([^/]*\)/.*|\1|p"
}

failed=
try() {
  "$@" || failed="$failed; $*: exit code $?"
}

[ -e started ] || { audit audit.started && touch started; }

# Units that were not there before go, all others come back as they were.
if [ -f absent ]; then
  while read -r unit; do
    [ -n "$unit" ] && [ -e "$units_dir/$unit" ] || continue
    try systemctl disable --now --quiet "$unit"
    systemctl reset-failed "$unit" 2>/dev/null
    try rm -f "$units_dir/$unit"
  done <absent
fi
for unit in units/*; do
  [ -f "$unit" ] || continue
  to=$units_dir/${unit#units/}
  cmp -s "$unit" "$to" && continue
  try cp "$unit" "$to.new"
  try mv -f "$to.new" "$to"
done
try sync "$units_dir"

try point current "$current"
[ "$bot" = no ] || try point current-bot "$current_bot"
try sync "$root"
try systemctl daemon-reload

# Enabled is what was, and a timer that is enabled waits for its time.
for unit in units/*; do
  [ -f "$unit" ] && grep -q '^\[Install\]' "$unit" || continue
  unit=${unit#units/}
  now=
  case $unit in *.timer) now=--now ;; esac
  if ! grep -qsxF "$unit" enabled; then
    try systemctl disable --quiet $now "$unit"
  elif ! systemctl is-enabled --quiet "$unit" || ! systemctl is-active --quiet "$unit"; then
    try systemctl enable --quiet $now "$unit"
  fi
done

if [ "$monitor" = yes ] && [ -e monitor.db ]; then
  try systemctl stop polymarket-mcp.service
  data=$root/shared/data
  [ ! -e "$data/monitor.db" ] || try chown --reference "$data/monitor.db" monitor.db
  rm -f "$data/monitor.db-wal" "$data/monitor.db-shm"
  try mv -f monitor.db "$data/monitor.db"
fi

if [ -n "$current" ]; then
  systemctl reset-failed polymarket-mcp.service 2>/dev/null
  try timeout 90 systemctl restart polymarket-mcp.service
elif [ -e "$units_dir/polymarket-mcp.service" ]; then
  try systemctl stop polymarket-mcp.service
fi
# The bot is left alone unless it runs another release, or a restart is what was asked for.
if [ "$bot" != no ]; then
  if [ -z "$current_bot" ]; then
    [ ! -e "$units_dir/polymarket-bot.service" ] || try systemctl stop polymarket-bot.service
  elif [ "$bot" = restart ] || [ "$(running polymarket-bot.service)" != "$current_bot" ]; then
    systemctl reset-failed polymarket-bot.service 2>/dev/null
    try timeout 90 systemctl restart polymarket-bot.service
  else
    # It was perhaps paused for the switch that does not come; the pause would end by itself.
    (cd "$root/shared/config" && timeout 10 runuser -u pmcp -- \
      "$root/current-bot/bin/pmcp" entries resume --data-dir "$root/shared/data") >/dev/null 2>&1
  fi
fi

if [ -n "$release" ] && [ -f mark.json ]; then
  mkdir -p "$root/marks"
  sed "s/@AT@/$(now)/" mark.json >"$root/marks/$release.json.new"
  sync "$root/marks/$release.json.new"
  try mv -f "$root/marks/$release.json.new" "$root/marks/$release.json"
fi

# The answer for whoever waits, and the last word for whoever looks later.
if [ -z "$failed" ]; then audit audit.done; else audit audit.failed; fi
printf '%s\n' "${failed:-done}" >"$root/revert.result.new"
mv -f "$root/revert.result.new" "$root/revert.result"
(
  exec 9>>"$root/deploy.lock.guard"
  flock -w 15 9
  [ -z "$token" ] || ! grep -qsF "$token" "$root/deploy.lock/holder.json" || rm -rf "$root/deploy.lock"
)
systemctl stop pmcp-revert.timer
# Over in one step: a removal that is cut short would leave a plan that nothing can carry out.
cd "$root" && rm -rf revert.over && mv -T revert revert.over && rm -rf revert.over
[ -z "$failed" ] || { echo "revert:$failed" >&2; exit 1; }
