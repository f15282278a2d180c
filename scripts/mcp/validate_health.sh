#!/bin/sh
# validate_health.sh --staging|--production [--post-deploy] [--json]
exec "$(dirname "$0")/../../bin/pmcp" validate-health "$@"
