#!/usr/bin/env bash
# Installs Helix of a Debian release, with its own C library, outside of the system. Prints the path of a program.
#
#   tests/setup/helix.sh           25.01, of trixie
#   tests/setup/helix.sh sid       the newest, whichever that is
set -euo pipefail

suite=${1:-trixie}
version=25.01
[ "$suite" = trixie ] || version=
into="${REDLUA_CACHE:-$HOME/.cache/redlua}/helix-${version:-$suite}"
parsers=$("$(dirname "$0")/editor_parsers.sh")

fail() { echo "helix.sh: $*" >&2; exit 1; }

if ! "$into/hx" --version > /dev/null 2>&1; then
  rm -rf "$into"
  mkdir -p "$into"
  apt=$(mktemp -d)
  mkdir -p "$apt/lists/partial" "$apt/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main" > "$apt/sources.list"
  options=(-o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt"
    -o APT::Sandbox::User=root)
  (cd "$apt" && apt-get -qq "${options[@]}" update && apt-get -qq "${options[@]}" download hx libc6 libgcc-s1) > /dev/null ||
    fail "apt-get cannot fetch hx from $suite"
  for package in "$apt"/*.deb; do dpkg -x "$package" "$into"; done
  rm -rf "$apt"
  cat > "$into/hx" << 'END'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
libraries=$here/usr/lib/x86_64-linux-gnu
export HELIX_RUNTIME="${HELIX_RUNTIME:-$here/usr/lib/hx/runtime}"
exec "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" "$here/usr/lib/hx/hx" "$@"
END
  chmod +x "$into/hx"
fi
# The package has no parsers. One that another run has loaded must not be written over: that editor would crash.
mkdir -p "$into/usr/lib/hx/runtime/grammars"
for parser in "$parsers"/*.so; do
  there="$into/usr/lib/hx/runtime/grammars/$(basename "$parser")"
  cmp -s "$parser" "$there" || cp --remove-destination "$parser" "$there"
done
"$into/hx" --version | grep -q "^helix $version" || fail "$into/hx does not run"
command -v tmux > /dev/null || apt-get install -y -qq tmux > /dev/null || fail "apt-get cannot install tmux"
echo "$into/hx"
