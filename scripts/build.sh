#!/bin/sh
# Bundles src and commands into dist/ on the pinned runtime. With --if-stale only when a source is
# newer than the last build. Silent unless something is wrong.
set -eu
cd "$(dirname "$0")/.."
. scripts/runtime.sh

stale() {
  for part in pmcp.cjs index.cjs page/app.js.br .built; do [ -f "dist/$part" ] || return 0; done
  [ -n "$(find src commands package.json rolldown.config.ts -newer dist/.built -print -quit)" ]
}
[ "${1:-}" != --if-stale ] || stale || exit 0

# Beside dist and not inside it, so that the paths in the source maps are right after the move.
new=.dist-$$
trap 'rm -rf "$new"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$new" dist/chunks
touch "$new/.built"
bundler=node_modules/rolldown/bin/cli.mjs
PMCP_DIST=$new "$NODE" $bundler -c rolldown.config.ts --logLevel warn >/dev/null
"$NODE" scripts/pack-page.ts "$new/page"

# Running programs load their chunks late: chunks carry a hash of their content in their name and
# stay for a day, and the entry is replaced in one step.
[ ! -d "$new/chunks" ] || find "$new/chunks" -type f -exec mv -f {} dist/chunks/ \;
for entry in index pmcp; do
  mv -f "$new/$entry.cjs.map" dist/
  mv -f "$new/$entry.cjs" dist/
done
mkdir -p dist/page
mv -f "$new"/page/* dist/page/
mv -f "$new/.built" dist/
find dist/chunks -type f -mtime +0 ! -newer dist/.built -delete
