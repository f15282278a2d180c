#!/bin/sh
# Bundles src and commands into dist/ on the pinned runtime.
set -eu
cd "$(dirname "$0")/.."
. scripts/runtime.sh
"$NODE" node_modules/rolldown/bin/cli.mjs -c rolldown.config.ts --logLevel warn
