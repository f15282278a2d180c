#!/bin/sh
# `npm start`: installs and builds what is missing, then runs the whole product on paper.
set -eu
cd "$(dirname "$0")/.."
sh scripts/install.sh
sh scripts/build.sh --if-stale
exec bin/pmcp up "$@"
