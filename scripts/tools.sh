# Programs that tests run and that are no npm packages; sourced by test.sh in the project's root.
# A test whose program cannot be had is skipped by name.

TOOLS=$PWD/.cache/tools
PATH=$PATH:$TOOLS/usr/bin
export PATH

missing() { ! command -v "$1" >/dev/null && command -v apt-get >/dev/null; }

skipped() { echo "npm test: no $1 (Debian package $2): its tests are skipped" >&2; }

# A program that needs nothing of its package but itself, taken out of it: no service comes along.
# extracted PROGRAM PACKAGE
extracted() {
  missing "$1" || return 0
  mkdir -p "$TOOLS"
  (
    cd "$TOOLS" &&
      { apt-get -qq download "$2" || { apt-get -qq update && apt-get -qq download "$2"; }; } &&
      dpkg-deb --fsys-tarfile "$2"_*.deb | tar -x "./usr/bin/$1" &&
      rm -f "$2"_*.deb
  ) >/dev/null 2>&1 || skipped "$@"
}

# A program that needs its whole package; installed by root only.
# installed PROGRAM PACKAGE
installed() {
  missing "$1" || return 0
  echo "Installing $2 for the tests..." >&2
  (
    [ "$(id -u)" = 0 ] &&
      apt-get -qq update &&
      DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y "$2"
  ) >/dev/null 2>&1 </dev/null || skipped "$@"
}

extracted promtool prometheus
extracted prometheus prometheus
installed chromium chromium
installed ssh openssh-client
installed ip iproute2
installed debootstrap debootstrap

# The root file system of the test hosts: a minute, once, beside the checks that come first.
if [ "$(id -u)" = 0 ] && command -v debootstrap >/dev/null; then
  bash test/hosts/systemd-host build >/dev/null 2>&1 </dev/null &
fi
