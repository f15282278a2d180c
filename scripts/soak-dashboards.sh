#!/bin/sh
# Two hundred dashboards beside a bot that trades and a breaker that flaps, for half an hour: memory,
# CPU, alerts and the bot's latency. Usage: scripts/soak-dashboards.sh [SECONDS] [REPORT.json].
# Not part of npm test, which runs ten seconds of it.
set -eu
cd "$(dirname "$0")/.."
. scripts/runtime.sh

PMCP_SOAK_SECONDS=${1:-1800}
PMCP_SOAK_REPORT=${2:-}
export PMCP_SOAK_SECONDS PMCP_SOAK_REPORT
echo "soak: 200 dashboards for $PMCP_SOAK_SECONDS s" >&2
exec "$NODE" node_modules/vitest/vitest.mjs run test/journeys/dashboards.test.ts
