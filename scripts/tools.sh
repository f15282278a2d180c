# Programs that tests run and that are no npm packages; sourced by test.sh in the project's root.
# Taken out of their Debian packages into .cache/, so that no service is installed with them.
# A test whose program cannot be had is skipped by name.

TOOLS=$PWD/.cache/tools
PATH=$PATH:$TOOLS/usr/bin
export PATH

# tool PROGRAM PACKAGE
tool() {
  command -v "$1" >/dev/null && return 0
  command -v apt-get >/dev/null || return 0
  mkdir -p "$TOOLS"
  (
    cd "$TOOLS"
    apt-get -qq download "$2" || { apt-get -qq update && apt-get -qq download "$2"; }
    dpkg-deb --fsys-tarfile "$2"_*.deb | tar -x "./usr/bin/$1"
    rm -f "$2"_*.deb
  ) >/dev/null 2>&1 || echo "npm test: no $1 (Debian package $2): its tests are skipped" >&2
}

tool promtool prometheus
