#!/bin/sh
# Installs the packages of package-lock.json when they are missing or another set is installed.
# Silent, and needs no network, when there is nothing to do.
set -eu
cd "$(dirname "$0")/.."

# A linked node_modules belongs to another checkout: installing here would change that one.
[ -L node_modules ] && exit 0

# `npm ci` writes the first file last, so that an interrupted installation is seen; the second
# tells the same lockfile with a newer date (another branch and back) from a changed one.
finished=node_modules/.package-lock.json
installed=node_modules/.pmcp-lock.json
if [ -f "$finished" ]; then
  cmp -s package-lock.json "$installed" && exit 0
  [ "$finished" -nt package-lock.json ] && exit 0
fi

command -v npm >/dev/null || {
  echo "pmcp: npm is missing. On Debian: apt install nodejs npm" >&2
  exit 2
}
echo "Installing packages (once, about a minute)..." >&2
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
cp package-lock.json "$installed"
