#!/bin/sh
# Mutation score of src/core: changes the code in small ways and counts the changes that no test of
# test/core notices. Usage: scripts/mutation.sh [FILES]; default all of src/core, which takes hours.
# Reported, not gated; not part of npm test.
set -eu
cd "$(dirname "$0")/.."
. scripts/runtime.sh

files=${1:-'src/core/**/*.ts'}
echo "mutation: $files" >&2
exec "$NODE" node_modules/@stryker-mutator/core/bin/stryker.js run --mutate "$files" \
  scripts/mutation/stryker.json
