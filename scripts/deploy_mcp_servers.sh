#!/bin/sh
# deploy_mcp_servers.sh staging|production [--apply] [--dry-run] [--host H...]: staging is a dry run
# unless --apply is given.
exec "$(dirname "$0")/../bin/pmcp" deploy "$@"
