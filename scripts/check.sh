#!/bin/sh
# `npm run check`: format and lint, types, unused files, exports and packages. Changes nothing.
set -eu
cd "$(dirname "$0")/.."
. scripts/runtime.sh
node_modules/.bin/biome check --error-on-warnings .
"$NODE" node_modules/typescript/bin/tsc -p .
"$NODE" node_modules/typescript/bin/tsc -p tsconfig.browser.json
"$NODE" node_modules/knip/bin/knip.js --no-progress
