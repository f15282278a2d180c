#!/bin/sh
# `npm test`: installs what is missing, then runs every check and every test, with the coverage
# gate. All of it runs even after a failure; the last line says how it ended.
set -eu
cd "$(dirname "$0")/.."
sh scripts/install.sh
. scripts/runtime.sh
. scripts/tools.sh

failed=
began=$(date +%s)
sh scripts/build.sh || failed="$failed build ($?)"
sh scripts/check.sh || failed="$failed check ($?)"
vitest() { "$NODE" node_modules/vitest/vitest.mjs run "$@"; }
vitest --coverage || failed="$failed tests ($?)"
took=$(($(date +%s) - began))

if [ -n "$failed" ]; then
  echo "npm test: FAILED:$failed ($took s)" >&2
  exit 1
fi
echo "npm test: passed: build, checks, tests, coverage gate ($took s; see coverage/lcov-report)"
