#!/bin/sh
# Kills the bot many times in a long paper run and proves after it that nothing was lost or doubled.
# Usage: scripts/soak.sh [KILLS] [SEED]; default 500 kills, seed of the day. Not part of npm test.
set -eu
cd "$(dirname "$0")/.."
. scripts/runtime.sh

PMCP_SOAK_KILLS=${1:-500}
PMCP_SOAK_SEED=${2:-$(date +%j)}
export PMCP_SOAK_KILLS PMCP_SOAK_SEED
echo "soak: $PMCP_SOAK_KILLS kills, seed $PMCP_SOAK_SEED" >&2
exec "$NODE" node_modules/vitest/vitest.mjs run test/journeys/kills.test.ts
